/**
 * Connections on which no request is under way: they end when the server closes. Node ends those
 * that are between two requests; one on which none ever came, as browsers open them ahead of time,
 * or on which one stopped half way, would hold up the close for as long as it stays open.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** @returns ends all that are open now; to be called at the moment when the server closes */
export function watchUnasked(server: Server): () => void {
  /** Requests under way on each connection; upgraded ones are no longer the server's. */
  const open = new Map<Socket, number>()
  const count = (socket: Socket, change: number) => {
    const before = open.get(socket)
    if (before !== undefined) open.set(socket, before + change)
  }
  server.on('connection', (socket) => {
    open.set(socket, 0)
    socket.once('close', () => open.delete(socket))
  })
  server.on('upgrade', ({ socket }) => open.delete(socket))
  server.on('request', ({ socket }, response) => {
    count(socket, 1)
    response.once('close', () => count(socket, -1))
  })
  return () => {
    for (const [socket, requests] of open) if (requests === 0) socket.destroy()
  }
}
