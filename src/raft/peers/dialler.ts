/**
 * The connection to one peer, by which messages to it leave: made, judged, lost and made again for
 * as long as the peer is one. Two replicas have two connections, each opened by the one that
 * sends: so neither has to decide which of two crossing dials wins, each side's retries are its
 * own, and a one-way fault stays one-way. What a peer sends comes by the listener.
 *
 * A peer may have several addresses, for what is known of it may be old: they are tried in turn
 * (address-turns.ts). A connection that stands is kept, whatever is said of addresses meanwhile.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { LimitedLog } from '../../log/limited-log.js'
import { WaitReport } from '../../log/wait-report.js'
import { peerProtocol } from '../../versions/versions.js'
import type { ReplicaId } from '../core/entry.js'
import { frameBytesMax, handshakeBytesMax } from '../node/frame-limits.js'
import {
  decodeHello,
  decodeRefusal,
  encodeHello,
  encodeRefusal,
  type Handshake,
  type PeerRefusal,
} from '../node/identity/handshake.js'
import { isMeant, judgeVersions, type PeerRejection } from '../node/identity/peer-judgement.js'
import { AddressTurns, nameOf } from './address-turns.js'
import { judgeCertificate } from './peer-certificate.js'
import { FrameError, frameHeadBytes, PeerSocket, type WireFrame } from './peer-socket.js'
import {
  connectTimeoutMsMax,
  type LinkStatus,
  type PeerAddress,
  type PeerLimits,
  type PeerTransportOptions,
  tlsVersion,
} from './transport-options.js'

const backoffFirstMs = 25

/** What connections of both directions are made by. */
export interface ConnectionOptions extends Omit<PeerTransportOptions, 'advertised' | 'limits'> {
  readonly limits: PeerLimits
  /** Where others reach this replica: host:port. */
  readonly advertised: string
}

/** What became of the last try of an address. */
interface Tried {
  readonly reason: string
  readonly refusal: LinkStatus['refusal']
}

export class Dialler {
  readonly id: ReplicaId
  readonly #options: ConnectionOptions
  readonly #turns: AddressTurns
  /** Where it is connected, or tried now or last. */
  #address: PeerAddress
  /** By address, in the order of trying; of those alone that are wanted. */
  readonly #tried = new Map<string, Tried>()
  #socket: PeerSocket | null = null
  #connecting: Socket | null = null
  #timer: NodeJS.Timeout | null = null
  #wait: WaitReport
  #connected = false
  #closed = false
  #failures = 0
  /** Connects that took too long, since the peer was connected last. */
  #timeouts = 0
  #changedAt = performance.now()
  /** Of this try. */
  #refusal: LinkStatus['refusal'] = null
  #sent = 0
  #dropped = 0
  #sentBytesBefore = 0
  readonly #seldom: LimitedLog

  /** @param addresses of one peer, the best first, at least one */
  constructor(addresses: readonly PeerAddress[], options: ConnectionOptions) {
    this.#turns = new AddressTurns(addresses)
    this.#address = this.#turns.wanted[0]!
    this.id = this.#address.id
    this.#options = options
    this.#seldom = new LimitedLog(options.log)
    this.#wait = this.#startWait()
    this.#dial()
  }

  /** Without what only the listener knows. */
  get status(): Omit<LinkStatus, 'heard' | 'heardMs' | 'receivedBytes'> {
    return {
      id: this.id,
      address: nameOf(this.#address),
      connected: this.#connected,
      sinceMs: Math.round(performance.now() - this.#changedAt),
      rttMs: this.#connected ? (this.#socket?.rttMs ?? null) : null,
      sentBytes: this.#sentBytesBefore + (this.#socket?.sentBytes ?? 0),
      sent: this.#sent,
      dropped: this.#dropped,
      reason: this.#connected ? null : this.#reason,
      tried: [...this.#tried].map(([address, { reason }]) => ({ address, reason })),
      refusal:
        [...this.#tried.values()].findLast(({ refusal }) => refusal !== null)?.refusal ?? null,
    }
  }

  /** Where it may be reached, the best first, at least one: for the next tries. */
  setAddresses(addresses: readonly PeerAddress[]): void {
    this.#turns.want(addresses)
    const wanted = this.#turns.wanted.map(nameOf)
    for (const name of this.#tried.keys()) if (!wanted.includes(name)) this.#tried.delete(name)
  }

  send(message: Uint8Array): boolean {
    if (message.length + frameHeadBytes > frameBytesMax) {
      throw new RangeError(`a message of ${message.length} bytes exceeds ${frameBytesMax}`)
    }
    if (!this.#connected || this.#socket === null) {
      this.#dropped += 1
      return false
    }
    if (this.#socket.send('message', message)) {
      this.#sent += 1
      return true
    }
    this.#dropped += 1
    this.#seldom.add('warn', { peer: this.id }, 'A peer is slow: messages are dropped.')
    this.#options.onUnreachable(this.id)
    return false
  }

  /** Where it is not connected, it dials anyway. */
  redial(): void {
    if (this.#connected) this.#socket?.close('to shake hands anew')
  }

  /** What was sent before still leaves. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer ?? undefined)
    this.#connecting?.destroy()
    this.#wait.stop()
    this.#seldom.end()
    this.#socket?.end('this side closed')
  }

  /** Why it is not connected: of each address that was tried. */
  get #reason(): string {
    const tried = [...this.#tried]
    if (tried.length === 0) return 'not connected yet'
    if (tried.length === 1) return tried[0]![1].reason
    return tried.map(([address, { reason }]) => `${address}: ${reason}`).join('; ')
  }

  #startWait(): WaitReport {
    const waitingFor = `replica ${this.id} at ${this.#turns.wanted.map(nameOf).join(' or ')}`
    return new WaitReport(this.#options.log, waitingFor, () => ({ reason: this.#reason }))
  }

  /** Over a long way it takes long: how long, nobody knows before it has failed. */
  get #connectTimeoutMs(): number {
    const { connectTimeoutMs: ms } = this.#options.limits
    return Math.max(ms, Math.min(connectTimeoutMsMax, ms * 2 ** Math.min(this.#timeouts, 16)))
  }

  #dial(): void {
    this.#refusal = null
    this.#address = this.#turns.next()
    const { host, port } = this.#address
    const { tls, lookup } = this.#options
    const timeoutMs = this.#connectTimeoutMs
    const each = { autoSelectFamilyAttemptTimeout: Math.ceil(timeoutMs / 2) }
    const to = { host, port, ...each, ...(lookup && { lookup }) }
    const name = isIP(host) === 0 ? { servername: host } : {}
    const secured = tls !== undefined
    const socket = secured ? connectTls({ ...to, ...name, ...tls, ...tlsVersion }) : connectTcp(to)
    this.#connecting = socket
    let timer: NodeJS.Timeout | undefined
    const startClock = () => {
      timer = setTimeout(() => {
        this.#timeouts += 1
        socket.destroy(new Error(`no connection within ${timeoutMs} ms`))
      }, timeoutMs)
    }
    // The lookup of a name has a clock of its own, and is shared: see `lookup`.
    if (isIP(host) !== 0) startClock()
    else socket.once('lookup', (error: Error | null) => error === null && startClock())
    const fail = (error?: Error) => {
      clearTimeout(timer)
      this.#connecting = null
      this.#onFailure(error?.message || 'the connection ended')
    }
    let failure: Error | undefined
    const onError = (error: Error) => {
      failure = error
    }
    const onClose = () => fail(failure)
    socket.once('error', onError)
    socket.once('close', onClose)
    socket.once(secured ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      socket.off('error', onError).off('close', onClose)
      this.#connecting = null
      const rejection = socket instanceof TLSSocket ? this.#judgeCertificate(socket) : null
      if (this.#closed) socket.destroy()
      else if (rejection !== null) {
        socket.destroy()
        this.#noteRefusal(rejection, this.#options.self)
        this.#onFailure(rejection.detail)
      } else this.#shakeHands(socket)
    })
  }

  /** Before anything is said: whose certificate the other side has. */
  #judgeCertificate(socket: TLSSocket): PeerRejection | null {
    const { clusterName } = this.#options.handshake()
    return judgeCertificate(socket.getPeerX509Certificate(), clusterName, this.id)
  }

  #shakeHands(socket: Socket): void {
    const { advertised } = this.#options
    const shown = this.#options.handshake()
    const timeoutMs = Math.max(this.#options.limits.handshakeTimeoutMs, this.#connectTimeoutMs)
    const timer = setTimeout(() => {
      this.#timeouts += 1
      peer.close(`no handshake within ${timeoutMs} ms`)
    }, timeoutMs)
    const limits = { ...this.#options.limits, frameBytesMax: handshakeBytesMax }
    const peer = new PeerSocket(socket, limits, {
      onStart: (reader) => {
        const versions = reader.readPreamble()
        if (versions === null) return false
        // One that refuses by its version says so itself, but may be gone before it is heard.
        const rejection = judgeVersions(peerProtocol, versions)
        if (rejection !== null) this.#refuse(peer, rejection)
        return true
      },
      onFrame: (frame) => {
        if (this.#connected) throw new FrameError('a peer answers by the connection that it has')
        this.#onAnswer(peer, frame)
        clearTimeout(timer)
      },
      onClose: (reason) => {
        clearTimeout(timer)
        this.#onClose(peer, reason)
      },
    })
    this.#socket = peer
    peer.begin()
    peer.send('hello', encodeHello({ to: this.id, advertised, shown }))
  }

  #onAnswer(peer: PeerSocket, frame: WireFrame): void {
    const { self } = this.#options
    switch (frame.type) {
      case 'refuse': {
        const { by, ...refusal } = decodeRefusal(frame.body)
        this.#noteRefusal(refusal, this.id)
        // Whoever refuses shows itself: a word of somebody else counts for nothing.
        const shown = by !== null && isMeant(self, by, this.id) ? by.shown : null
        this.#options.onRefused?.(this.id, refusal, shown)
        peer.close('it refused')
        return
      }
      case 'accept': {
        const hello = decodeHello(frame.body)
        const verdict = this.#options.judge(hello, this.id)
        if (verdict.kind === 'refuse') this.#refuse(peer, verdict)
        else this.#onAccepted(peer, hello.shown)
        return
      }
      default:
        throw new FrameError(`a peer answered a hello by "${frame.type}"`)
    }
  }

  #refuse(peer: PeerSocket, rejection: PeerRejection): void {
    this.#noteRefusal(rejection, this.#options.self)
    const { code, told } = rejection
    const body = encodeRefusal({ code, detail: told }, null)
    peer.farewell('this side refused', { type: 'refuse', body })
  }

  #noteRefusal({ code, detail }: PeerRefusal, by: ReplicaId): void {
    const { self, log } = this.#options
    const address = nameOf(this.#address)
    const before = this.#tried.get(address)?.refusal
    const known = before?.code === code && before.by === by
    this.#refusal = { code, detail, by }
    const fields = { peer: this.id, address, code, detail }
    if (by === self) {
      if (!known) log.warn(fields, 'This replica refuses a peer.')
      return
    }
    // It will take it in a moment, and says why not yet.
    const level = code === 'unavailable' ? 'info' : 'warn'
    if (!known) log[level](fields, 'A peer refuses this replica.')
  }

  #onAccepted(peer: PeerSocket, theirs: Handshake): void {
    peer.limits.frameBytesMax = frameBytesMax
    this.#connected = true
    this.#failures = 0
    this.#tried.clear()
    this.#turns.restart()
    this.#timeouts = 0
    this.#changedAt = performance.now()
    this.#wait.done()
    const { id } = this
    const address = this.#address
    this.#options.log.info({ peer: id, address: nameOf(address) }, 'Connected to a peer.')
    this.#options.onReachable(theirs)
  }

  #onClose(peer: PeerSocket, reason: string): void {
    this.#sentBytesBefore += peer.sentBytes
    this.#socket = null
    const wasConnected = this.#connected
    if (wasConnected) {
      this.#connected = false
      this.#changedAt = performance.now()
      if (!this.#closed) this.#wait = this.#startWait()
      this.#options.log.info({ peer: this.id, reason }, 'Disconnected from a peer.')
    }
    this.#onFailure(reason)
    if (wasConnected && !this.#closed) this.#options.onUnreachable(this.id)
  }

  #onFailure(reason: string): void {
    const refusal = this.#refusal
    const turns = this.#turns
    const text = refusal === null ? reason : `${refusal.code}: ${refusal.detail}`
    const address = nameOf(this.#address)
    this.#tried.delete(address)
    if (turns.wanted.map(nameOf).includes(address))
      this.#tried.set(address, { reason: text, refusal })
    if (this.#closed) return
    const { backoffMsMax } = this.#options.limits
    // The others of a round are tried at once: only a whole round is worth a longer pause.
    const failures = turns.isRoundOver ? this.#failures : 0
    if (turns.isRoundOver) this.#failures += 1
    const longest = Math.min(backoffFirstMs * 2 ** failures, backoffMsMax)
    this.#timer = setTimeout(() => this.#dial(), longest * (0.5 + Math.random() / 2))
  }
}
