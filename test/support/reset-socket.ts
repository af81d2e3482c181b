/**
 * Resets a connection (RST). While its end is on its way, Node (20.20 at least) fails to: it then
 * never closes the handle, and the process spins for ever when it comes to its own end.
 */
import type { Socket } from 'node:net'

export function resetSocket(socket: Socket): void {
  const { writableEnded, writableFinished, writableLength } = socket
  const isEnding = writableEnded && !writableFinished && writableLength === 0
  if (isEnding) socket.once('finish', () => socket.resetAndDestroy())
  else socket.resetAndDestroy()
}
