import { expect, onTestFinished, test } from 'vitest'
import { startApi } from './support/api-server.js'
import { refusedUpgrade } from './support/host-client.js'
import { idleReplica } from './support/idle-replica.js'
import { request } from './support/raw-http.js'

async function started() {
  const api = await startApi(idleReplica())
  onTestFinished(() => api.app.close())
  const lines = () => api.logs.filter(({ msg }) => /^a (host|request) is refused$/.test(`${msg}`))
  return { ...api, lines }
}

test('a host that is refused is a line that names what it asked for, and why it was refused', async () => {
  const { url, port, lines } = await started()
  const headers = { host: 'proxy.example:7400' }
  expect(await refusedUpgrade(`${url}/v1/host`, [], { headers })).toMatchObject({ status: 403 })
  expect(lines().at(-1)).toMatchObject({
    ...{ level: 40, msg: 'a host is refused', code: 'foreign_origin', remote: '127.0.0.1' },
    ...{ host: 'proxy.example:7400', path: '/v1/host', count: 1 },
    detail: expect.stringContaining('"proxy.example:7400" is not a name of this replica'),
  })
  expect(await refusedUpgrade(`${url}/berth/v1/host`)).toMatchObject({ status: 404 })
  expect(lines().at(-1)).toMatchObject({ code: 'not_found', path: '/berth/v1/host' })
  expect(await refusedUpgrade(`${url}/v1/host`, ['chat'])).toMatchObject({ status: 400 })
  expect(lines().at(-1)).toMatchObject({ detail: expect.stringContaining('No subprotocol') })
  expect(await request(port, 'GET /v1/host')).toMatchObject({ status: 426 })
  expect(lines().at(-1)).toMatchObject({ msg: 'a host is refused', code: 'upgrade_required' })
})

test('however many are refused, each kind is one line, and the others are counted', async () => {
  const { app, port, lines } = await started()
  const Host = `${'x'.repeat(5_000)}.example`
  for (let i = 0; i < 20; i += 1) {
    expect(await request(port, 'GET /v1/cluster', { Host })).toMatchObject({ status: 403 })
  }
  expect(lines()).toHaveLength(1)
  expect(JSON.stringify(lines()).length).toBeLessThan(2_000)
  await app.close()
  expect(lines().map(({ count }) => count)).toEqual([1, 19])
})

test('what callers of REST do wrong is theirs to mend, and no line', async () => {
  const { port, lines } = await started()
  await request(port, 'GET /v1/nothing')
  await request(port, 'DELETE /v1/cluster')
  expect(lines()).toEqual([])
})
