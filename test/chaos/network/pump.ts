/** Moves what one socket says to another, at the pace of a direction: late, or not at all. */
import type { Socket } from 'node:net'
import type { Direction } from './line.js'

/** What is held back of a connection; above it the sender has to wait. */
const heldBytesMax = 1 << 20

interface Held {
  /** null: the end of what is said. */
  readonly bytes: Buffer | null
  readonly dueAtMs: number
}

/**
 * @param first what was read from `from` already
 * @returns a function that stops it
 */
export function pump(from: Socket, to: Socket, direction: Direction, first: Buffer): () => void {
  const held: Held[] = []
  let heldBytes = 0
  let timer: NodeJS.Timeout | null = null
  const release = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    while (held.length > 0 && !direction.isSilent) {
      const [{ bytes, dueAtMs }] = held as [Held]
      const waitMs = dueAtMs - performance.now()
      if (waitMs > 0) {
        timer = setTimeout(release, waitMs)
        return
      }
      held.shift()
      if (bytes === null) to.end()
      else if (!to.destroyed) to.write(bytes)
      heldBytes -= bytes?.length ?? 0
    }
    if (heldBytes <= heldBytesMax) from.resume()
  }
  const take = (bytes: Buffer | null) => {
    held.push({ bytes, dueAtMs: performance.now() + direction.delayMs })
    heldBytes += bytes?.length ?? 0
    if (heldBytes > heldBytesMax) from.pause()
    release()
  }
  const stopListening = direction.onSpeaks(release)
  from.on('data', take)
  from.on('end', () => take(null))
  if (first.length > 0) take(first)
  return () => {
    if (timer !== null) clearTimeout(timer)
    stopListening()
    held.length = 0
  }
}
