/** A process of which nobody knows any more what still runs: it says so, and ends. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import type { LocalPort } from '../../../src/sidecar-process/api/local-port.js'
import { runSidecar } from '../../../src/sidecar-process/process/run.js'
import { readCommandLine } from '../../../src/sidecar-process/settings/command-line.js'
import { checkConfiguration } from '../../../src/sidecar-process/settings/configuration.js'
import { lineage } from '../../sidecar/support/bench.js'
import { welcoming } from '../../sidecar/support/welcoming.js'
import { eventually } from '../../support/eventually.js'

const owner = { onTestFinished }

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A free port: it was open just now. */
async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('when nobody knows what still runs, it says so and ends as failed', async () => {
  const { replica } = await welcoming(owner)
  const application = createServer((_request, response) => {
    response.end('{"types":["Order"]}')
  })
  const app = `http://127.0.0.1:${await listening(application)}`
  const local = `127.0.0.1:${await freePort()}`
  const settings = readCommandLine(
    [
      ...['--app', app, '--name', 'a:1', '--app-id', 'app', '--listen', local, '--no-nats'],
      ...['--call-listen', `127.0.0.1:${await freePort()}`, '--replicas', replica.url],
      '--insecure',
    ],
    {},
    () => undefined,
  )
  const configuration = checkConfiguration(settings!, () => null)
  const sidecar = await runSidecar(configuration, () => null, pino({ level: 'silent' }))
  const ask = async (path: string) => {
    const answer = await fetch(`http://${local}${path}`)
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  await eventually('it is ready', async () => (await ask('/readyz')).status === 200)
  expect((await ask('/healthz')).status).toBe(200)
  // What listens to the host fails at the fence, as anything of this process might.
  const port = sidecar as unknown as LocalPort
  port.listen(({ kind }) => {
    if (kind === 'fenced') throw new Error('cannot stop')
  })
  replica.say({ kind: 'fence', lineage, epoch: 5, code: 'expired' })

  const why = expect.stringContaining('onFenced failed (cannot stop)')
  expect(await sidecar.stopped).toEqual({ code: 'failed', detail: why })
  expect(await ask('/healthz')).toMatchObject({ status: 503, body: { detail: why } })
  expect((await ask('/readyz')).status).toBe(503)
  const { body } = await ask('/v1/state')
  expect(body).toMatchObject({ ready: false, sidecar: { phase: 'fencing', broken: why } })
  expect((await ask('/v1/owns/Order/1')).body).toEqual({ owns: false })
  await expect(port.leave()).rejects.toMatchObject({ code: 'unavailable', message: why })
  await expect(sidecar.stop()).rejects.toMatchObject({ code: 'unavailable', message: why })
  await replica.isLeft()
  // The cluster waits for the lease: nobody has said that anything is stopped.
  expect(replica.heard.some(({ kind }) => kind === 'fenced' || kind === 'bye')).toBe(false)
  application.closeAllConnections()
  await new Promise((resolve) => application.close(resolve))
}, 30_000)
