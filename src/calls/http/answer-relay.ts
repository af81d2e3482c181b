/**
 * Passes an answer on to whoever called, and tells once how the attempt ended. Knows what of an
 * answer is ours, what ends here, and what is no answer.
 */

import { messageOf } from '../../errors/message-of.js'
import type { CallOutcome } from '../machine/outcome.js'
import { answerHeadersOnward, berthHeaders, headerOf, readGeneration } from './call-headers.js'
import type { Exchange } from './exchange.js'
import { StreamBody } from './stream-body.js'

/** Who is told of an attempt. */
export interface AttemptEvents {
  /** Whether the own application may get the call at this instant. */
  mayBegin(): boolean
  /**
   * Something goes out now that an application may see.
   * @param canSendAgain whether its body is held, or it has none
   */
  sent(canSendAgain: boolean): void
  /** What happened to the call so far, as headers: for those who asked. Flat: name, value. */
  explained(): readonly string[]
  /** The answer begins to be passed on. */
  answering(): void
  /** Once. */
  ended(outcome: CallOutcome): void
}

/** `sidecar`: a refusal in its answer is ours. `application`: whatever it says is its answer. */
export type Answerer = 'application' | 'sidecar'

/** Why a call is given up before it began. */
export const notHereNow = 'the actor is not of this host any more'

/**
 * Problems with which another sidecar says that no application had the call, and which may pass: it
 * ends, or the body did not come there in time. What else it says is as good an answer as the own
 * sidecar could give.
 */
const passingProblems: ReadonlySet<string> = new Set(['unavailable', 'request_timeout'])

/** What of the body of a refusal is read, so that its connection can go on, in bytes. */
const refusalBytesMax = 64 * 1_024

/** What the attempt is to do behind a head. */
export type AfterHead = 'go-on' | 'break'

export class AnswerRelay {
  readonly #exchange: Exchange
  readonly #answerer: Answerer
  #events: AttemptEvents | null
  #hasBegun = false
  #discarded = 0
  /** What the other sidecar says of a call that it has lost, while it comes. */
  #lostDetail: Buffer[] | null = null

  constructor(exchange: Exchange, answerer: Answerer, events: AttemptEvents) {
    this.#exchange = exchange
    this.#answerer = answerer
    this.#events = events
  }

  /** Whether it has been told how the attempt ended. */
  get isOver(): boolean {
    return this.#events === null
  }

  /** Asked right before the first byte goes out. Another sidecar asks by itself. */
  get mayBegin(): boolean {
    if (this.#events === null) return false
    return this.#answerer === 'sidecar' || this.#events.mayBegin()
  }

  /** Told of what goes to another sidecar; the own application was asked for right before. */
  sent(): void {
    if (this.#answerer !== 'sidecar') return
    this.#events?.sent(!(this.#exchange.request.body instanceof StreamBody))
  }

  /** @param raw flat: name, value @returns `break` for what is no answer to what was asked */
  head(status: number, raw: readonly string[]): AfterHead {
    if (this.#events === null) return 'go-on'
    if (status === 101) {
      this.lost('it answered 101 Switching Protocols, and nobody asked for that')
      return 'break'
    }
    if (status < 200) {
      this.#exchange.sink.hint(status, answerHeadersOnward(raw, status))
      return 'go-on'
    }
    if (this.#answerer === 'sidecar' && this.#isNoAnswer(status, raw)) return 'go-on'
    try {
      this.#exchange.sink.begin(status, this.#headersOf(status, raw))
    } catch (error) {
      this.lost(`its answer has a head that cannot be passed on (${messageOf(error)})`)
      return 'break'
    }
    this.#hasBegun = true
    this.#events.answering()
    return 'go-on'
  }

  /** @returns whether more may come at once; else `drained` is called, once */
  data(chunk: Buffer, drained: () => void): boolean {
    if (this.#events !== null && this.#lostDetail === null) {
      return this.#exchange.sink.write(chunk, drained)
    }
    this.#discarded += chunk.length
    this.#lostDetail?.push(chunk)
    return true
  }

  /** Whether what is read for nothing is more than a refusal has. */
  get isDiscardingTooMuch(): boolean {
    return this.#discarded > refusalBytesMax
  }

  complete(): void {
    if (this.#events === null) return
    if (this.#lostDetail !== null) {
      this.lost(`the other host says: ${detailOf(this.#lostDetail)}`)
      return
    }
    this.#exchange.sink.end()
    this.#end({ kind: 'answered' })
  }

  /** Nothing of the call can have reached an application. */
  refused(reason: string): void {
    if (this.#hasBegun) this.lost(reason)
    else this.#end({ kind: 'refused', canSendAgain: this.#canSendAgain, reason })
  }

  /** The connection broke, or was cut, behind bytes that were sent. */
  lost(reason: string): void {
    const canSendAgain = this.#canSendAgain
    this.#end({ kind: 'lost', answerBegan: this.#hasBegun, canSendAgain, reason })
  }

  /** A body that streams can be sent until somebody begins to read it. */
  get #canSendAgain(): boolean {
    const { body } = this.#exchange.request
    return !(body instanceof StreamBody) || !body.isTaken
  }

  #headersOf(status: number, raw: readonly string[]): string[] {
    const headers = answerHeadersOnward(raw, status)
    if (this.#answerer === 'sidecar') {
      const problem = headerOf(raw, 'berth-problem')
      if (problem !== undefined) headers.push(berthHeaders.problem, problem)
    }
    if (!this.#exchange.isExplained || this.#events === null) return headers
    headers.push(...this.#events.explained())
    if (this.#answerer === 'application') return headers
    // Of the other sidecar, behind what this one has to say.
    const further = headerOf(raw, 'berth-explanation')
    if (further !== undefined) headers.push(berthHeaders.explanation, further)
    return headers
  }

  /** What the other sidecar says of itself, and the machine is to deal with. */
  #isNoAnswer(status: number, raw: readonly string[]): boolean {
    const canSendAgain = this.#canSendAgain
    if (status === 421 && headerOf(raw, 'berth-refused') !== undefined) {
      this.#end({ kind: 'declined', generation: generationOf(raw), canSendAgain })
      return true
    }
    const problem = headerOf(raw, 'berth-problem')
    if (problem === undefined) return false
    if (problem === 'call_lost') this.#lostDetail = []
    else if (passingProblems.has(problem)) this.refused(`it answered ${status} ${problem}`)
    else return false
    return true
  }

  #end(outcome: CallOutcome): void {
    const events = this.#events
    this.#events = null
    events?.ended(outcome)
  }
}

/** @param body a problem document, as it came */
function detailOf(body: readonly Buffer[]): string {
  try {
    const { detail } = JSON.parse(Buffer.concat(body).toString()) as { detail: unknown }
    return String(detail).replace(/\.$/, '')
  } catch {
    return 'it broke there'
  }
}

function generationOf(raw: readonly string[]): number | null {
  try {
    return readGeneration(headerOf(raw, 'berth-generation'))
  } catch {
    return null
  }
}
