/** The sample host's lines and answers, as a real process gives them. */
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { freePorts } from '../support/ports.js'
import { startProcess } from '../support/process.js'
import { berth, berthFile } from '../support/program.js'

function hostArgs(port: number): string[] {
  const replicas = [`ws://127.0.0.1:${port + 1}`, '--types', 'Order']
  return ['host', '--name', `127.0.0.1:${port}`, '--replicas', ...replicas]
}

async function serves(port: number): Promise<void> {
  const answer = () => fetch(`http://127.0.0.1:${port}/state`)
  await eventually('the state of the host', async () => (await answer()).status === 200)
}

test('a sample host says in a line of words what it waits for', async (t) => {
  const host = berth(t, hostArgs(await freePorts(2)))
  const line = await host.line('without a replica [')
  expect(line).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: sidecar is connecting, without a replica/)
  expect(host.lines.filter((one) => /[{}"]/.test(one))).toEqual([])
})

test('a sample host goes on when the disk of its log is full', async (t) => {
  const port = await freePorts(2)
  const shell = 'exec "$0" "$@" > /dev/full 2>&1'
  const args = ['-c', shell, process.execPath, berthFile, ...hostArgs(port)]
  const host = startProcess(t, 'sh', args)
  await serves(port)
  host.signal('SIGTERM')
  expect(await host.exited).toEqual({ code: 0, signal: null })
})

test('a sample host lists its paths, and answers others as it does all errors', async (t) => {
  const port = await freePorts(2)
  berth(t, hostArgs(port))
  await serves(port)
  const get = async (path: string, method = 'GET') => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method })
    return [answer.status, await answer.json()]
  }
  const paths = Object.fromEntries(
    [
      ...['GET /call/{type}/{id}', 'GET /call/{type}/{id}/add', 'GET /where/{type}/{id}'],
      'GET /state',
    ].map((path) => [path, expect.any(String)]),
  )
  expect(await get('/')).toEqual([200, { paths }])
  const notServed = (method: string) => ({
    code: 'not_found',
    detail: `${method} is not served at this path; GET / lists what is.`,
  })
  expect(await get('/no/such')).toEqual([404, notServed('GET')])
  expect(await get('/state', 'POST')).toEqual([404, notServed('POST')])
  const detail = 'The path cannot be read; see GET /.'
  expect(await get('/where/Order/%zz')).toEqual([400, { code: 'invalid_request', detail }])
  for (const id of ['17', '%20'.repeat(1024)]) {
    const joining = [503, { code: 'unavailable', detail: 'Joining.' }]
    expect(await get(`/where/Order/${id}`)).toEqual(joining)
    expect(await get(`/call/Order/${id}/add`)).toEqual(joining)
  }
})
