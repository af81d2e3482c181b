/** A nats-server that faults befall. What is published while it is away is lost. */
import type { NatsServer } from '../../../src/cli/local/nats-server.js'
import { sendSignal } from '../../../src/process/process-table.js'

export class FaultyNats {
  readonly port: number
  readonly #startServer: () => Promise<NatsServer>
  readonly #onStarted: (pid: number) => void
  #server: NatsServer

  private constructor(
    server: NatsServer,
    startServer: () => Promise<NatsServer>,
    onStarted: (pid: number) => void,
  ) {
    this.port = server.port
    this.#server = server
    this.#startServer = startServer
    this.#onStarted = onStarted
    onStarted(server.child.pid)
  }

  static async start(
    startServer: () => Promise<NatsServer>,
    onStarted: (pid: number) => void,
  ): Promise<FaultyNats> {
    return new FaultyNats(await startServer(), startServer, onStarted)
  }

  /** Of the last one while none runs. */
  get pid(): number {
    return this.#server.child.pid
  }

  async kill(): Promise<void> {
    await this.#server.child.kill()
  }

  async stop(): Promise<void> {
    await this.#server.child.stop()
  }

  /** After `kill`: on the same port, knowing nothing of before. */
  async start(): Promise<void> {
    this.#server = await this.#startServer()
    this.#onStarted(this.#server.child.pid)
  }

  freeze(): void {
    sendSignal(this.#server.child.pid, 'SIGSTOP')
  }

  thaw(): void {
    sendSignal(this.#server.child.pid, 'SIGCONT')
  }
}
