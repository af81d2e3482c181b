/**
 * Connections within the process, kept between calls. One whose answer has ended is taken again
 * before another is made: a whole call takes less than a turn of the event loop here, and a pool
 * of undici takes a connection for busy until that turn is over.
 */
import type { Duplex } from 'node:stream'
import { Client, type Dispatcher } from 'undici'
import { type CallPool, connectorOf } from '../calls/http/call-client.js'

/** Connections that are kept for the next calls; without calls they close by themselves. */
const idleMax = 1_024
const keepAliveTimeoutMs = 5_000
/** Headers of an answer together, in bytes. */
const maxHeaderSize = 64 * 1_024

export class LoopPool implements CallPool {
  readonly #dial: () => Duplex
  readonly #all = new Set<Client>()
  readonly #idle: Client[] = []

  constructor(dial: () => Duplex) {
    this.#dial = dial
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const client = this.#idle.pop() ?? this.#open()
    return client.dispatch(options, new ReturningHandler(handler, () => this.#return(client)))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((client) => client.close()))
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#all].map((client) => client.destroy()))
  }

  #open(): Client {
    const client = new Client('http://localhost', {
      connect: connectorOf(this.#dial),
      pipelining: 1,
      maxHeaderSize,
      keepAliveTimeout: keepAliveTimeoutMs,
      keepAliveMaxTimeout: keepAliveTimeoutMs,
      // Nothing here ends a call but its deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    this.#all.add(client)
    return client
  }

  #return(client: Client): void {
    if (this.#idle.length < idleMax) this.#idle.push(client)
    else {
      this.#all.delete(client)
      void client.close()
    }
  }
}

class ReturningHandler implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler
  #done: (() => void) | null

  constructor(handler: Dispatcher.DispatchHandler, done: () => void) {
    this.#handler = handler
    this.#done = done
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#handler.onConnect?.(abort)
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void, text: string): boolean {
    return this.#handler.onHeaders?.(status, headers, resume, text) ?? true
  }

  onData(chunk: Buffer): boolean {
    return this.#handler.onData?.(chunk) ?? true
  }

  onComplete(trailers: string[] | null): void {
    this.#end()
    this.#handler.onComplete?.(trailers)
  }

  onError(error: Error): void {
    this.#end()
    this.#handler.onError?.(error)
  }

  #end(): void {
    const done = this.#done
    this.#done = null
    done?.()
  }
}
