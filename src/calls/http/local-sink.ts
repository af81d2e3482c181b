/** The answer of a call from within this process: a promise of its head, and a stream. */
import { Readable } from 'node:stream'
import { BerthError } from '../../errors/berth-error.js'
import type { AnswerSink } from './answer-sink.js'
import { valuesByName } from './call-headers.js'

export interface CallAnswer {
  readonly status: number
  /** By name in lower case; values of several are joined by `, `, but for `set-cookie`. */
  readonly headers: Readonly<Record<string, string | string[]>>
  /** To be read, or destroyed. */
  readonly body: Readable
  /**
   * All of the body, in memory: in place of `body`, however often it is asked for.
   * @throws BerthError `call_lost` when it breaks off
   */
  text(): Promise<string>
}

/** Bytes that wait until the body is asked for. */
const waitingBytesMax = 64 * 1_024

export class LocalSink implements AnswerSink {
  readonly #isHead: boolean
  readonly #resolve: (answer: CallAnswer) => void
  readonly #reject: (reason: unknown) => void
  #hasBegun = false
  #hasEnded = false
  #error: Error | null = null
  /** Made when it is asked for: a stream costs more than all else of a call in this process. */
  #body: Readable | null = null
  #text: Promise<string> | null = null
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #drained: (() => void) | null = null
  #unwatch: (() => void) | null = null
  #leave: ((reason: unknown) => void) | null = null

  constructor(
    isHead: boolean,
    resolve: (answer: CallAnswer) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#isHead = isHead
    this.#resolve = resolve
    this.#reject = reject
  }

  get hasBegun(): boolean {
    return this.#hasBegun
  }

  get body(): Readable {
    this.#body ??= this.#open()
    return this.#body
  }

  /** The whole body, however often it is asked for. */
  text(): Promise<string> {
    this.#text ??= this.#readText()
    return this.#text
  }

  /** Nobody in this process listens to these. */
  hint(): void {}

  begin(status: number, headers: string[]): void {
    this.#hasBegun = true
    this.#resolve(new LocalAnswer(status, headers, this))
  }

  write(chunk: Buffer, drained: () => void): boolean {
    if (this.#isHead || this.#keep(chunk)) return true
    this.#drained = drained
    return false
  }

  end(): void {
    this.#hasEnded = true
    this.#unwatch?.()
    this.#body?.push(null)
  }

  breakOff(): void {
    this.fail(new BerthError('call_lost', 'The answer broke off; what the actor did is unknown.'))
  }

  /** @param leave what is done when the caller does not want the answer any more */
  watch(signal: AbortSignal | undefined, leave: (reason: unknown) => void): void {
    if (this.#hasEnded) return
    this.#leave = leave
    if (signal === undefined) return
    const onAbort = () => leave(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    this.#unwatch = () => signal.removeEventListener('abort', onAbort)
  }

  /** The answer does not come, or not to its end. */
  fail(reason: unknown): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#unwatch?.()
    this.#error = reason instanceof Error ? reason : new Error(String(reason))
    if (!this.#hasBegun) this.#reject(reason)
    this.#body?.destroy(this.#error)
  }

  /** @returns whether more may come at once */
  #keep(chunk: Buffer): boolean {
    if (this.#body !== null) return this.#body.push(chunk)
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.length
    return this.#waitingBytes < waitingBytesMax
  }

  #open(): Readable {
    const body = new Readable({
      read: () => this.#read(),
      destroy: (error, done) => {
        if (!this.#hasEnded) this.#leave?.(error ?? new Error('the answer was not wanted'))
        done(error)
      },
    })
    for (const chunk of this.#waiting) body.push(chunk)
    this.#waiting = []
    if (this.#error !== null) body.destroy(this.#error)
    else if (this.#hasEnded) body.push(null)
    return body
  }

  /** What is here already needs no stream. */
  async #readText(): Promise<string> {
    const isHere = this.#body === null && this.#hasEnded && this.#error === null
    const chunks = isHere ? this.#waiting : await this.body.toArray()
    return (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString()
  }

  #read(): void {
    const drained = this.#drained
    this.#drained = null
    drained?.()
  }
}

class LocalAnswer implements CallAnswer {
  readonly status: number
  readonly #flat: readonly string[]
  readonly #sink: LocalSink
  #headers: CallAnswer['headers'] | null = null

  constructor(status: number, flat: readonly string[], sink: LocalSink) {
    this.status = status
    this.#flat = flat
    this.#sink = sink
  }

  get headers(): CallAnswer['headers'] {
    this.#headers ??= recordOf(this.#flat)
    return this.#headers
  }

  get body(): Readable {
    return this.#sink.body
  }

  text(): Promise<string> {
    return this.#sink.text()
  }
}

/** As node:http gives the headers of a message. */
function recordOf(flat: readonly string[]): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = Object.create(null)
  for (const [name, values] of valuesByName(flat)) {
    record[name] = name === 'set-cookie' ? values : values.join(', ')
  }
  return record
}
