/** A nats-server of a test's own, to be killed, stopped in its tracks and started again. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type NatsServer, startNats } from '../../src/cli/servers/nats-server.js'
import { sendSignal } from '../../src/process/process-table.js'
import { keeper } from './keeper.js'
import type { Owner } from './owner.js'
import { freePort } from './ports.js'
import { scratchFolder } from './scratch.js'

export interface OwnNats {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** kill -9; done when it is gone. */
  kill(): Promise<void>
  /** After `kill`: on the same port, knowing nothing of before. */
  start(): Promise<void>
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void
  thaw(): void
  /** Another text of its configuration file, that it reads at once. */
  reconfigure(configuration: string): void
}

/** @param configuration text of a configuration file, such as `max_payload: 4096` */
export async function startOwnNats(owner: Owner, configuration?: string): Promise<OwnNats> {
  const folder = scratchFolder(owner)
  const port = await freePort()
  const file = join(folder, 'nats.conf')
  if (configuration !== undefined) writeFileSync(file, configuration)
  const start = () =>
    startNats({
      ...{ port, keeper, logFile: join(folder, 'nats.log') },
      binary: { file: inject('natsServerFile'), version: '' },
      args: configuration === undefined ? [] : ['--config', file],
    })
  let server: NatsServer = await start()
  owner.onTestFinished(async () => {
    await server.child.kill()
  })
  return {
    url: server.url,
    port,
    get pid() {
      return server.child.pid
    },
    kill: async () => {
      await server.child.kill()
    },
    start: async () => {
      server = await start()
    },
    freeze: () => sendSignal(server.child.pid, 'SIGSTOP'),
    thaw: () => sendSignal(server.child.pid, 'SIGCONT'),
    reconfigure: (text) => {
      writeFileSync(file, text)
      sendSignal(server.child.pid, 'SIGHUP')
    },
  }
}
