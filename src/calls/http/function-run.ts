/** One call of a function: what it is given, and what becomes of its answer. */
import { finished, Readable } from 'node:stream'
import { BerthError } from '../../errors/berth-error.js'
import { messageOf } from '../../errors/message-of.js'
import type { ActorAnswer, ActorCall, ActorFunction } from './actor-function.js'
import { type AnswerRelay, notHereNow } from './answer-relay.js'
import type { Delivery } from './application.js'
import { valuesByName } from './call-headers.js'
import type { Attempt, CallRequest, Exchange } from './exchange.js'
import { problemBody, problemHeaders } from './problem-answer.js'
import { StreamBody } from './stream-body.js'

export interface RunEvents {
  /** The function failed, or gave what is no answer. */
  failed(error: unknown): void
  /** The call was cut while the function runs: `settled` resolves when it does not any more. */
  strays(settled: Promise<void>): void
}

type State = 'waiting' | 'running' | 'answering' | 'over'

export class FunctionRun implements Attempt {
  readonly #request: CallRequest
  readonly #relay: AnswerRelay
  readonly #events: RunEvents
  readonly #call: FunctionCall
  #state: State = 'waiting'
  #settled: Promise<void> | null = null
  #source: Readable | null = null

  constructor(exchange: Exchange, delivery: Delivery, relay: AnswerRelay, events: RunEvents) {
    this.#request = exchange.request
    this.#relay = relay
    this.#events = events
    this.#call = new FunctionCall(exchange.request, delivery)
  }

  start(run: ActorFunction): void {
    const { body } = this.#request
    const begin = () => {
      if (!this.#relay.mayBegin) {
        this.#over()
        this.#relay.refused(notHereNow)
        return
      }
      this.#state = 'running'
      this.#settled = this.#follow(run)
    }
    // As with an application over HTTP: it hears of the call once the body is on its way.
    if (body instanceof StreamBody && body.waitsForGoAhead) body.begin(begin)
    else begin()
  }

  cut(): void {
    const was = this.#state
    this.#state = 'over'
    if (was === 'waiting') this.#relay.refused('the call was cut before its body came')
    else this.#relay.lost('the call was cut')
    this.#source?.destroy()
    this.#call.end()
    if (was === 'running' && this.#settled !== null) this.#events.strays(this.#settled)
  }

  retract(): void {
    if (this.#state === 'waiting') this.cut()
  }

  async #follow(run: ActorFunction): Promise<void> {
    let answer: ActorAnswer | undefined
    try {
      answer = await run(this.#call)
      if (this.#state === 'running') this.#pass(answer)
    } catch (error) {
      this.#events.failed(error)
      if (this.#state === 'running') this.#passFailure()
    } finally {
      if (this.#source === null) discard(answer)
    }
  }

  /** @throws TypeError for what is no answer */
  #pass({ status = 200, headers = {}, body = null }: ActorAnswer): void {
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new TypeError(`The status of an answer is from 200 to 599, not ${status}.`)
    }
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    const length = bytes instanceof Uint8Array || bytes === null ? (bytes?.length ?? 0) : null
    if (this.#relay.head(status, flatten(headers, length)) === 'break') this.#over()
    else if (bytes instanceof Readable) this.#stream(bytes)
    else {
      if (bytes !== null && bytes.length > 0) this.#relay.data(bufferOf(bytes), () => undefined)
      this.#relay.complete()
      this.#over()
    }
  }

  #stream(source: Readable): void {
    this.#state = 'answering'
    this.#source = source
    const resume = () => source.resume()
    source.on('data', (chunk: unknown) => {
      if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
        source.destroy(new TypeError('The stream of an answer gives text or bytes.'))
      } else if (!this.#relay.data(bufferOf(chunk), resume)) source.pause()
    })
    const done = (error?: Error | null) => {
      if (this.#state !== 'answering') return
      if (error) {
        this.#events.failed(error)
        this.#relay.lost(messageOf(error))
      } else this.#relay.complete()
      this.#over()
    }
    source.once('end', () => done())
    // Also where it ended, failed or was destroyed before, and where it is destroyed silently.
    finished(source, { writable: false }, done)
  }

  #passFailure(): void {
    const error = new BerthError('call_failed', 'The function of this actor failed; see its log.')
    const body = problemBody(error)
    if (this.#relay.head(error.status, problemHeaders(body.length)) === 'go-on') {
      this.#relay.data(body, () => undefined)
      this.#relay.complete()
    }
    this.#over()
  }

  #over(): void {
    this.#state = 'over'
    this.#call.end()
  }
}

/** What a function is called with; what costs something is made when it is asked for. */
class FunctionCall implements ActorCall {
  readonly token: number
  readonly generation: number
  readonly chain: readonly string[]
  readonly #request: CallRequest
  #abort: AbortController | null = null
  #headers: Record<string, string> | null = null
  #body: Readable | null = null
  #isOver = false

  constructor(request: CallRequest, { held, chain }: Delivery) {
    this.#request = request
    this.token = held.token
    this.generation = held.generation
    this.chain = chain
  }

  get type(): string {
    return this.#request.type
  }

  get id(): string {
    return this.#request.id
  }

  get method(): string {
    return this.#request.method
  }

  get path(): string {
    return this.#request.path.slice(this.#request.restAt)
  }

  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= joined(this.#request.headers)
    return this.#headers
  }

  get body(): Buffer | Readable | null {
    const { body } = this.#request
    if (!(body instanceof StreamBody)) return body
    this.#body ??= readableOf(body)
    return this.#body
  }

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController()
      if (this.#isOver) this.#abort.abort()
    }
    return this.#abort.signal
  }

  end(): void {
    this.#isOver = true
    this.#abort?.abort()
    const { body } = this.#request
    if (body instanceof StreamBody) body.stop()
    if (this.#body?.readableEnded === false) this.#body.destroy(new Error('the call is over'))
  }
}

function readableOf(body: StreamBody): Readable {
  let isFlowing = false
  const readable: Readable = new Readable({
    read: () => {
      if (isFlowing) body.resume()
      else {
        isFlowing = true
        body.flow({ chunk: (chunk) => readable.push(chunk), end: () => readable.push(null) })
      }
    },
    destroy: (error, done) => {
      body.stop()
      done(error)
    },
  })
  // Who reads it hears of its end by reading; who does not is not to fall over it.
  readable.on('error', () => undefined)
  return readable
}

function joined(flat: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (const [name, values] of valuesByName(flat)) headers[name] = values.join(', ')
  return headers
}

/** @param length of the body; null when it is not known */
function flatten(headers: NonNullable<ActorAnswer['headers']>, length: number | null): string[] {
  const flat: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() === 'content-length') continue
    for (const one of typeof value === 'string' ? [value] : value) flat.push(name, one)
  }
  if (length !== null) flat.push('content-length', String(length))
  return flat
}

/** Nobody reads the body: what it holds open is given back, and how it fails harms nobody. */
function discard(answer: ActorAnswer | null | undefined): void {
  const body = answer?.body
  if (body instanceof Readable) body.on('error', () => undefined).destroy()
}

function bufferOf(chunk: Uint8Array | string): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk)
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}
