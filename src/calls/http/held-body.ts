/** Reads a short body as a whole, so that it can be sent again. */
import type { IncomingMessage } from 'node:http'

export interface HeldBodyOptions {
  /** As Content-Length says; Node holds the caller to it. */
  readonly length: number
  /** For all of it to arrive, in ms. */
  readonly timeoutMs: number
}

/** @param done not called when the caller breaks off */
export function holdBody(
  request: IncomingMessage,
  { length, timeoutMs }: HeldBodyOptions,
  done: (body: Buffer) => void,
  late: () => void,
): void {
  let first: Buffer | null = null
  let chunks: Buffer[] | null = null
  const timer = setTimeout(() => {
    request.off('data', onData).off('end', onEnd)
    late()
  }, timeoutMs)
  const onData = (chunk: Buffer) => {
    if (first === null) first = chunk
    else if (chunks === null) chunks = [first, chunk]
    else chunks.push(chunk)
  }
  const onEnd = () => {
    clearTimeout(timer)
    done(chunks === null ? (first ?? Buffer.alloc(0)) : Buffer.concat(chunks, length))
  }
  request.on('data', onData).once('end', onEnd)
  request.once('close', () => clearTimeout(timer))
}
