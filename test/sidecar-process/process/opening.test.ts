import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { expect, test } from 'vitest'
import { runSidecar } from '../../../src/sidecar-process/process/run.js'
import { readCommandLine } from '../../../src/sidecar-process/settings/command-line.js'
import { checkConfiguration } from '../../../src/sidecar-process/settings/configuration.js'

/** A free port: it was open just now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

type Instantiate = (...args: unknown[]) => Promise<unknown>
const { WebAssembly } = globalThis as unknown as { WebAssembly: { instantiate: Instantiate } }

/** What makes hashes is slow to come from now on, until `isOver`. @returns undo */
function delayHashes(isOver: Promise<void>): () => void {
  const { instantiate } = WebAssembly
  WebAssembly.instantiate = async (...args) => {
    await isOver
    return instantiate(...args)
  }
  return () => {
    WebAssembly.instantiate = instantiate
  }
}

test('types that the application says while the sidecar opens are offered', async () => {
  let undo: () => void = () => undefined
  let asked = 0
  let isHeard: () => void = () => undefined
  const heard = new Promise<void>((resolve) => {
    isHeard = resolve
  })
  const application = createServer((_request, response) => {
    asked += 1
    if (asked === 1) undo = delayHashes(heard)
    response.writeHead(asked === 1 ? 503 : 200)
    response.end(asked === 1 ? '' : '{"types":["Late"],"health":"/healthz"}')
    // It is well by the third answer, and looked at again behind that.
    if (asked === 4) isHeard()
  })
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve))
  const app = `http://127.0.0.1:${(application.address() as AddressInfo).port}`
  const local = `127.0.0.1:${await freePort()}`
  const name = `127.0.0.1:${await freePort()}`
  const settings = readCommandLine(
    [
      ...['--app', app, '--name', name, '--app-id', 'shop', '--listen', local, '--no-nats'],
      ...['--replicas', `ws://127.0.0.1:${await freePort()}`],
    ],
    {},
    () => undefined,
  )
  const log = pino({ level: 'silent' })
  const sidecar = await runSidecar(
    checkConfiguration(settings!, () => null),
    () => null,
    log,
  )
  try {
    const state = (await (await fetch(`http://${local}/v1/state`)).json()) as object
    expect(state).toMatchObject({ application: { state: 'up' }, host: { types: ['Late'] } })
  } finally {
    undo()
    await sidecar.stop()
    application.closeAllConnections()
    await new Promise((resolve) => application.close(resolve))
  }
}, 30_000)
