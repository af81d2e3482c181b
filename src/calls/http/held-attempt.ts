/**
 * Sends a call whose body is held, or that has none, over a connection of a pool of undici. The
 * pool tells of a request right before it writes it (`onConnect`): what fails earlier has sent
 * nothing, and what fails later may have reached the other side.
 */
import type { Dispatcher } from 'undici'
import { messageOf } from '../../errors/message-of.js'
import { type AnswerRelay, notHereNow } from './answer-relay.js'
import type { Attempt } from './exchange.js'

const cutError = new Error('the call was cut')

export class HeldAttempt implements Attempt, Dispatcher.DispatchHandler {
  readonly #relay: AnswerRelay
  #abort: ((error?: Error) => void) | null = null
  #isCut = false
  #resume: () => void = () => undefined

  constructor(relay: AnswerRelay) {
    this.#relay = relay
  }

  cut(): void {
    this.#isCut = true
    if (this.#abort === null) this.#relay.refused('the call was cut before it was sent')
    else {
      this.#relay.lost('the call was cut')
      this.#abort(cutError)
    }
  }

  retract(): void {
    if (this.#abort === null) this.cut()
  }

  // ---- what undici calls ---------------------------------------------------------------------

  onConnect(abort: (error?: Error) => void): void {
    // Behind this call it is written, unless it is given up here. It may have waited for a
    // connection for long. What is thrown comes back as its error, and leaves the connection.
    if (this.#isCut) throw cutError
    if (!this.#relay.mayBegin) throw new Error(notHereNow)
    this.#abort = abort
    this.#relay.sent()
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void): boolean {
    this.#resume = resume
    if (this.#relay.head(status, textsOf(headers)) === 'break') this.#abort?.(cutError)
    return true
  }

  onData(chunk: Buffer): boolean {
    if (this.#relay.isDiscardingTooMuch) this.#abort?.(cutError)
    return this.#relay.data(chunk, this.#resume)
  }

  onComplete(): void {
    this.#relay.complete()
  }

  onError(error: Error): void {
    if (this.#relay.isOver) return
    const reason = messageOf(error)
    if (this.#abort === null) this.#relay.refused(reason)
    // undici knows no other word for a 101 that nobody asked for.
    else if (reason === 'bad upgrade') this.#relay.head(101, [])
    else this.#relay.lost(reason)
  }
}

function textsOf(bytes: readonly Buffer[]): string[] {
  const texts = new Array<string>(bytes.length)
  for (let i = 0; i < bytes.length; i += 1) texts[i] = (bytes[i] as Buffer).toString('latin1')
  return texts
}
