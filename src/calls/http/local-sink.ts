/** The answer of a call from within this process: a promise of its head, and a stream. */
import { Readable } from 'node:stream'
import { BerthError } from '../../errors/berth-error.js'
import type { AnswerSink } from './answer-sink.js'

export interface CallAnswer {
  readonly status: number
  /** By name in lower case; values of several are joined by `, `, but for `set-cookie`. */
  readonly headers: Readonly<Record<string, string | string[]>>
  /** To be read, or destroyed. */
  readonly body: Readable
}

export class LocalSink implements AnswerSink {
  readonly #isHead: boolean
  readonly #resolve: (answer: CallAnswer) => void
  readonly #reject: (reason: unknown) => void
  #body: Readable | null = null
  #drained: (() => void) | null = null
  #unwatch: (() => void) | null = null
  #leave: ((reason: unknown) => void) | null = null
  #hasEnded = false

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
    return this.#body !== null
  }

  /** Nobody in this process listens to these. */
  hint(): void {}

  begin(status: number, headers: string[]): void {
    const body = new Readable({
      read: () => this.#read(),
      destroy: (error, done) => {
        if (!this.#hasEnded) this.#leave?.(error)
        done(error)
      },
    })
    this.#body = body
    this.#resolve({ status, headers: recordOf(headers), body })
  }

  write(chunk: Buffer, drained: () => void): boolean {
    if (this.#isHead || this.#body?.push(chunk) !== false) return true
    this.#drained = drained
    return false
  }

  end(): void {
    this.#hasEnded = true
    this.#unwatch?.()
    this.#body?.push(null)
  }

  breakOff(): void {
    this.#fail(new BerthError('call_lost', 'The answer broke off; what the actor did is unknown.'))
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

  /** The caller gave up. */
  fail(reason: unknown): void {
    this.#fail(reason)
  }

  #fail(reason: unknown): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#unwatch?.()
    const error = reason instanceof Error ? reason : new Error(String(reason))
    if (this.#body === null) this.#reject(reason)
    else this.#body.destroy(error)
  }

  #read(): void {
    const drained = this.#drained
    this.#drained = null
    drained?.()
  }
}

function recordOf(flat: readonly string[]): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = Object.create(null)
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = (flat[i] as string).toLowerCase()
    const value = flat[i + 1] as string
    const before = record[name]
    if (before === undefined) record[name] = name === 'set-cookie' ? [value] : value
    else if (Array.isArray(before)) before.push(value)
    else record[name] = `${before}, ${value}`
  }
  return record
}
