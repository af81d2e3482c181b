/** Clients of a bare WebSocket server in a process of its own, which speak as often as hosts. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Owner } from '../../test/support/owner.js'
import { treeCpuMs } from '../harness/cpu-time.js'
import { startProgram } from '../harness/program.js'

const periodMs = 1_000
const slotMs = 10
const slots = periodMs / slotMs
/** As long as a heartbeat. */
const message = Buffer.alloc(150, 'x')
const atOnce = 50

export class EchoServer {
  readonly #pid: number
  #sockets: readonly WebSocket[] = []

  static async start(owner: Owner, clients: number): Promise<EchoServer> {
    const { child, said: port } = await startProgram<number>(owner, 'echo')
    const server = new EchoServer(child.pid!)
    await server.#connect(port, clients)
    let slot = 0
    const timer = setInterval(() => {
      slot = (slot + 1) % slots
      for (let at = slot; at < clients; at += slots) server.#sockets[at]!.send(message)
    }, slotMs)
    owner.onTestFinished(() => {
      clearInterval(timer)
      for (const socket of server.#sockets) socket.terminate()
    })
    return server
  }

  private constructor(pid: number) {
    this.#pid = pid
  }

  /** Of the server so far, in ms. */
  cpuMs(): number {
    return treeCpuMs(this.#pid)
  }

  async #connect(port: number, clients: number): Promise<void> {
    const sockets: WebSocket[] = []
    while (sockets.length < clients) {
      const some = Array.from({ length: Math.min(atOnce, clients - sockets.length) }, () => {
        return new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
      })
      await Promise.all(some.map((socket) => once(socket, 'open')))
      sockets.push(...some)
    }
    this.#sockets = sockets
  }
}
