/** An actor as a function of this process: what it is called with, and what it answers. */
import type { Readable } from 'node:stream'

/** A call as a function gets it. */
export interface ActorCall {
  readonly type: string
  readonly id: string
  /** The fencing token, to hand to a database. */
  readonly token: number
  readonly generation: number
  /** To be passed on with calls that are made for this one. */
  readonly chain: readonly string[]
  readonly method: string
  /** What follows the id, with the query, as it came: empty, or from `/` or `?` on. */
  readonly path: string
  /** By name in lower case; values of several are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** Null for none. Long ones and those of unknown length are streams. */
  readonly body: Buffer | Readable | null
  /** Aborts when the caller went away, or the call has to end. */
  readonly signal: AbortSignal
}

export interface ActorAnswer {
  /** 200 to 599; 200 unless said otherwise. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array | Readable | null
}

export type ActorFunction = (call: ActorCall) => ActorAnswer | Promise<ActorAnswer>
