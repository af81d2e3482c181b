/**
 * Who is to be told when a connection ends. Of requests that were sent one behind another, the
 * responses that wait for their turn hear nothing of it from Node.
 */
import type { Socket } from 'node:net'

export class ConnectionEnds {
  readonly #told = new Map<Socket, Set<() => void>>()

  /** @param ended called once when the connection ends, unless it is taken back before */
  add(socket: Socket, ended: () => void): void {
    if (socket.closed) {
      ended()
      return
    }
    const known = this.#told.get(socket)
    if (known !== undefined) {
      known.add(ended)
      return
    }
    const all = new Set([ended])
    this.#told.set(socket, all)
    socket.once('close', () => {
      this.#told.delete(socket)
      for (const one of all) one()
    })
  }

  remove(socket: Socket, ended: () => void): void {
    this.#told.get(socket)?.delete(ended)
  }
}
