/** Calls from within this process: the same way as those over HTTP, without a connection. */
import { METHODS, validateHeaderName, validateHeaderValue } from 'node:http'
import { Readable } from 'node:stream'
import { BerthError } from '../../errors/berth-error.js'
import { timeoutMsMax } from '../machine/arrival.js'
import type { CallDriver } from './call-driver.js'
import { timeoutMsDefault } from './call-headers.js'
import { heldBytesMax } from './call-limits.js'
import { composeCallTarget } from './call-target.js'
import { type CallAnswer, LocalSink } from './local-sink.js'
import { answerError } from './problem-answer.js'
import { isRepeatable } from './repeatable.js'
import { RequestHeads } from './request-head.js'
import { StreamBody } from './stream-body.js'

export interface LocalCall {
  /** Upper case; `POST` unless said otherwise. */
  readonly method?: string
  /** Behind the actor, percent-encoded: empty, or what begins with `/` or `?`. */
  readonly path?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** A text is sent as UTF-8. One of more than 64 KiB, or a stream, goes out once. */
  readonly body?: string | Uint8Array | Readable | null
  /** Breaks the call off: its actor sees that its caller went away. */
  readonly signal?: AbortSignal
  /** Until the answer has to begin, in ms: 30,000 unless said otherwise, at most 24 h. */
  readonly timeoutMs?: number
  /** Of the call that this one is made for: it may enter again where that one has its turn. */
  readonly chain?: readonly string[]
}

/** Those that Node reads, here as over HTTP. CONNECT asks for a tunnel. */
const methods: ReadonlySet<string> = new Set(METHODS.filter((method) => method !== 'CONNECT'))

export class LocalCaller {
  readonly #driver: CallDriver
  readonly #heads = new RequestHeads()

  constructor(driver: CallDriver) {
    this.#driver = driver
  }

  /**
   * Calls an actor, wherever it runs. What hinders a call is an answer as well: a status and a
   * problem document, as over HTTP.
   * @throws BerthError `invalid_request`
   * @throws what the signal was aborted with
   */
  call(type: string, id: string, call: LocalCall = {}): Promise<CallAnswer> {
    const { method = 'POST', path = '', signal, chain = [] } = call
    const { timeoutMs = timeoutMsDefault } = call
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const target = composeCallTarget(type, id, path)
      if (!methods.has(method)) throw invalid('That is no method of a call.')
      if (!(timeoutMs >= 0 && timeoutMs <= timeoutMsMax)) {
        throw invalid('A call may take from 0 to 86,400,000 ms.')
      }
      const head = this.#heads.read(call.headers === undefined ? [] : flatHeaders(call.headers))
      const body = bodyOf(call.body ?? null)
      const sink = new LocalSink(method === 'HEAD', resolve, reject)
      const { heldBytes } = this.#driver
      if (body instanceof Buffer && !heldBytes.take(body.length)) {
        answerError(sink, heldBytes.refusal, false)
        return
      }
      const carried = this.#driver.open({ ...target, method, headers: head.headers, body }, sink, {
        type,
        id,
        origin: 'application',
        timeoutMs,
        generation: null,
        chain,
        isRepeatable: isRepeatable(method, head.idempotencyKey),
        isExplained: head.explain === '1',
      })
      const leave = (reason: unknown) => {
        sink.fail(reason)
        this.#driver.gone(carried)
      }
      sink.watch(signal, leave)
      const { body: source } = call
      if (source instanceof Readable) source.once('error', leave)
    })
  }
}

function bodyOf(body: NonNullable<LocalCall['body']> | null): Buffer | StreamBody | null {
  if (body === null) return null
  if (body instanceof Readable) return new StreamBody(body, null, null)
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body)
  if (bytes.length === 0) return null
  if (bytes.length <= heldBytesMax) return bytes
  return new StreamBody(Readable.from([bytes]), bytes.length, null)
}

function flatHeaders(headers: NonNullable<LocalCall['headers']>): string[] {
  const flat: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    for (const one of typeof value === 'string' ? [value] : value) {
      try {
        validateHeaderName(name)
        validateHeaderValue(name, one)
      } catch {
        throw invalid('A header has a name or a value that HTTP cannot carry.')
      }
      flat.push(name, one)
    }
  }
  return flat
}

function invalid(detail: string): BerthError {
  return new BerthError('invalid_request', detail)
}
