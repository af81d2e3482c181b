/**
 * One host's WebSocket: from frames to checked messages, within the limits of the door, and back.
 * Every refusal is told in an `error` message before the close, with what to do about it.
 */
import type { RawData, WebSocket } from 'ws'
import type { Principal } from '../../access/principal.js'
import { BerthError } from '../../errors/berth-error.js'
import type { LimitedLog } from '../../log/limited-log.js'
import type { Log } from '../../log/log.js'
import { highestCommon, isRange, rangeInWords } from '../../versions/range.js'
import { hostProtocol } from '../../versions/versions.js'
import type { HostMessage, ReplicaMessage } from '../../wire/messages.js'
import type { Check } from '../../wire/validate.js'
import type { DoorLimits } from '../limits.js'
import type { DoorMetrics } from './door-metrics.js'
import type { CloseCode, HostConnection, HostSession } from './host-connection.js'
import { closeCodes } from './host-connection.js'
import { MessageBudget } from './message-budget.js'
import { PacedSender } from './paced-sender.js'
import { ReaderWatch } from './reader-watch.js'
import type { EncodedMessage } from './subprotocol.js'
import { decodeFrame, encodeFrame, isBinary, type Subprotocol } from './subprotocol.js'
import { hasTables, type TableFrames } from './table-frames.js'

/** A close frame carries at most 125 bytes, two of them the code. */
const closeReasonBytesMax = 123

/** The server met something that it did not expect (RFC 6455 §7.4.1). */
const unexpectedCondition = 1011

export interface HostSocketOptions {
  readonly socket: WebSocket
  readonly subprotocol: Subprotocol
  readonly remote: string
  readonly principal: Principal
  readonly openSession: (connection: HostConnection) => HostSession
  readonly hostMessage: Check<HostMessage>
  readonly limits: DoorLimits
  /** Of all connections. */
  readonly tables: TableFrames
  readonly metrics: DoorMetrics
  readonly log: LimitedLog
  readonly now: () => number
}

export class HostSocket implements HostConnection {
  readonly remote: string
  readonly subprotocol: Subprotocol
  readonly principal: Principal
  readonly #options: HostSocketOptions
  readonly #socket: WebSocket
  readonly #budget: MessageBudget
  readonly #sender: PacedSender
  readonly #reader: ReaderWatch
  readonly #helloTimer: NodeJS.Timeout
  #closeTimer: NodeJS.Timeout | undefined
  #session: HostSession | undefined
  #closing = false
  /** Close code that this side gave; the other side's counts when there is none. */
  #endCode: number | undefined
  #heardAtMs: number
  #pinged = false

  constructor(options: HostSocketOptions) {
    const { socket, limits } = options
    this.#options = options
    this.#socket = socket
    this.remote = options.remote
    this.subprotocol = options.subprotocol
    this.principal = options.principal
    this.#heardAtMs = options.now()
    const budget = { burst: limits.messagesBurstMax, perSecond: limits.messagesPerSecondMax }
    this.#budget = new MessageBudget(budget, this.#heardAtMs)
    this.#sender = new PacedSender(socket, isBinary(this.subprotocol), options.now)
    this.#reader = new ReaderWatch(limits, this.#heardAtMs)
    this.#helloTimer = setTimeout(() => this.#helloMissing(), limits.helloTimeoutMs)
    socket.on('message', (data, binary) => this.#onMessage(data, binary))
    // Answering a ping costs as much as a message, so it is counted as one.
    socket.on('ping', () => this.#spend())
    socket.on('pong', (data) => this.#onPong(data))
    socket.once('error', (error) => {
      this.#endCode ??= protocolErrorCode(error)
    })
    socket.once('close', (code) => this.#onClose(code))
  }

  send(message: ReplicaMessage): void {
    if (this.#closing) return
    const { tables } = this.#options
    if (hasTables(message)) this.#transmit(tables.pieces(this.subprotocol, message))
    else this.#transmit([encodeFrame(this.subprotocol, message).data])
  }

  sendEncoded(message: EncodedMessage): void {
    if (this.#closing) return
    this.#transmit([message.frame(this.subprotocol).data])
  }

  close(code: CloseCode, reason: string): void {
    this.#close(code, reason)
  }

  /** Resolves when the socket is gone. */
  whenClosed(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once('close', () => resolve())
    })
  }

  /** Looks whether the other side is still there, and reads: called every now and then. */
  visit(nowMs: number): void {
    if (!this.#mayWait(nowMs, 0)) return
    const silentMs = nowMs - this.#heardAtMs
    const { pingAfterMs, deadAfterMs } = this.#options.limits
    if (silentMs >= deadAfterMs) {
      this.#say('info', { silentMs }, 'a host connection is dead')
      this.#socket.terminate()
    } else if (silentMs >= pingAfterMs && !this.#pinged && !this.#closing) {
      this.#pinged = true
      this.#socket.ping()
    }
  }

  /** One that was asked for costs nothing: a large table brings many. */
  #onPong(data: Buffer): void {
    if (!this.#sender.pong(data)) this.#spend()
    else {
      this.#heardAtMs = this.#options.now()
      this.#pinged = false
    }
  }

  #onMessage(data: RawData, binary: boolean): void {
    if (!this.#spend()) return
    try {
      const value = decodeFrame(this.subprotocol, { data: data as Buffer, binary })
      this.#deliver(value)
    } catch (error) {
      this.#refuse(error)
    }
  }

  #deliver(value: unknown): void {
    checkProtocol(value)
    const message = this.#options.hostMessage(value)
    this.#options.metrics.received(message.kind)
    const isHello = message.kind === 'hello'
    if (this.#session === undefined) {
      if (!isHello) throw new BerthError('invalid_message', 'The first message must be a hello.')
      clearTimeout(this.#helloTimer)
      this.#session = this.#options.openSession(this)
    } else if (isHello) {
      const detail = 'This session has said hello already: open another connection.'
      throw new BerthError('invalid_message', detail)
    }
    if (this.#closing || !this.#settle(this.#session, message)) return
    this.#session.receive(message)
  }

  /** Counts what came in; false when it must not be looked at any more. */
  #spend(): boolean {
    if (this.#closing) return false
    this.#heardAtMs = this.#options.now()
    this.#pinged = false
    return this.#charge(1)
  }

  /** Counts a message by what it is, now that this is known; false when it is too much. */
  #settle(session: HostSession, message: HostMessage): boolean {
    if (message.kind === 'get') return this.#charge(this.#options.limits.messagesPerGet - 1)
    if (session.isAcknowledgement(message)) this.#budget.giveBack()
    return true
  }

  #charge(cost: number): boolean {
    if (this.#budget.take(this.#options.now(), cost)) return true
    const { messagesPerSecondMax, messagesBurstMax } = this.#options.limits
    const detail =
      `More than ${messagesPerSecondMax} messages a second, or ${messagesBurstMax} at once. ` +
      'Slow down, then connect again.'
    const error = new BerthError('too_many_requests', detail)
    this.#fail(error, closeCodes.tooManyMessages)
    return false
  }

  #helloMissing(): void {
    const detail = `No hello within ${this.#options.limits.helloTimeoutMs} ms.`
    this.#fail(new BerthError('request_timeout', detail), closeCodes.noHello)
  }

  #refuse(error: unknown): void {
    if (!(error instanceof BerthError)) {
      this.#say('error', { err: error }, 'a host message failed')
      const detail = 'Something that should not happen did; the log of the replica has it.'
      this.#fail(new BerthError('internal', detail), unexpectedCondition)
      return
    }
    this.#fail(error, closeCodeOf(error))
  }

  #fail(error: BerthError, code: number): void {
    if (this.#closing) return
    const { code: name, message: detail, retryable } = error
    this.#say('info', { code: name, detail }, 'a host connection is refused', name)
    this.send({ kind: 'error', code: name, detail, retryable })
    this.#close(code, error.message)
  }

  #close(code: number, reason: string): void {
    if (this.#closing) return
    this.#closing = true
    this.#endCode ??= code
    clearTimeout(this.#helloTimer)
    // What was said before goes out before. From the close on, ws has a time for it by itself.
    const { closeTimeoutMs } = this.#options.limits
    this.#closeTimer = setTimeout(() => this.#socket.terminate(), closeTimeoutMs)
    this.#sender.end(() => {
      clearTimeout(this.#closeTimer)
      this.#socket.close(code, truncate(reason, closeReasonBytesMax))
    })
  }

  /** @param pieces of the frame of one message, in order */
  #transmit(pieces: readonly Buffer[]): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (this.#mayWait(this.#options.now(), bytes)) this.#sender.send(pieces)
  }

  /** Whether the other side reads, so that more may wait for it. Otherwise it is dropped. */
  #mayWait(nowMs: number, moreBytes: number): boolean {
    const { waitingBytes, takenBytes } = this.#sender
    const verdict = this.#reader.look(waitingBytes, takenBytes, nowMs, moreBytes)
    if (verdict === 'reads' || this.#closing) return true
    this.#options.metrics.slow()
    const fields = { why: verdict, waitingBytes, takenBytes }
    this.#say('warn', fields, 'a host does not read: dropped')
    this.#closing = true
    this.#socket.terminate()
    return false
  }

  /** @param of the message, where some of its kind are told apart */
  #say(level: keyof Log, fields: object, message: string, of = ''): void {
    const { log } = this.#options
    log.add(level, { remote: this.remote, ...fields }, message, `${message} ${of}`)
  }

  #onClose(code: number): void {
    this.#closing = true
    clearTimeout(this.#helloTimer)
    clearTimeout(this.#closeTimer)
    this.#options.metrics.closed(this.#endCode ?? code)
    this.#session?.closed()
  }
}

/** Before the schema is asked: the hello of another version may have another form. */
function checkProtocol(value: unknown): void {
  const { kind, protocol } = (value ?? {}) as { kind?: unknown; protocol?: unknown }
  if (kind !== 'hello' || !isRange(protocol)) return
  if (highestCommon(hostProtocol, protocol) !== null) return
  const [own, theirs] = [rangeInWords(hostProtocol), rangeInWords(protocol)]
  const whom = protocol.newest < hostProtocol.oldest ? 'the host' : 'the replicas'
  const detail = `The host speaks version ${theirs} of the protocol, this replica ${own}: upgrade`
  throw new BerthError('unsupported_version', `${detail} ${whom}.`)
}

function closeCodeOf(error: BerthError): CloseCode {
  switch (error.code) {
    case 'unsupported_version':
      return closeCodes.unsupportedVersion
    case 'too_many_requests':
      return closeCodes.tooManyMessages
    case 'unavailable':
    case 'no_leader':
    case 'overloaded':
      return closeCodes.goElsewhere
    default:
      return closeCodes.invalidMessage
  }
}

/** Close code that ws gives for what it refuses by itself; undefined for errors of the network. */
function protocolErrorCode(error: Error & { readonly code?: string }): number | undefined {
  switch (error.code) {
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
      return 1009
    case 'WS_ERR_TOO_MANY_BUFFERED_PARTS':
      return 1008
    case 'WS_ERR_INVALID_UTF8':
      return 1007
    default:
      return error.code?.startsWith('WS_ERR_') === true ? 1002 : undefined
  }
}

/** The beginning of a text, at most so many bytes of UTF-8, no character cut in two. */
function truncate(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= bytesMax) return text
  let end = bytesMax
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.subarray(0, end).toString()
}
