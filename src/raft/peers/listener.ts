/**
 * The peer port: takes connections, hears who it is, and hands on the messages of those that are
 * accepted. Anybody may connect to it: what does not talk as a peer does is closed, alone, and an
 * HTTP client is told where it is. One connection per peer; a newer one replaces it.
 */
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { BerthError } from '../../errors/berth-error.js'
import { LimitedLog } from '../../log/limited-log.js'
import { peerProtocol } from '../../versions/versions.js'
import { decode } from '../../wire/msgpack.js'
import type { ReplicaId } from '../core/entry.js'
import { frameBytesMax, handshakeBytesMax } from '../node/frame-limits.js'
import type { DiallerOptions } from './dialler.js'
import {
  decodeIntroduction,
  decodeRefusal,
  encodeIntroduction,
  encodeRefusal,
  type Introduction,
  type Judgement,
  type PeerRefusal,
  refuseIntroduction,
  refuseVersion,
} from './introduction.js'
import { faultInCertificate } from './peer-certificate.js'
import { PeerSocket } from './peer-socket.js'
import { connectTimeoutMsMax, type PeerStatus, tlsVersion } from './transport-options.js'
import { FrameError, type FrameReader, type WireFrame } from './wire-frame.js'

const httpMethod = /^(GET |PUT |POST|HEAD|PATC|DELE|OPTI|TRAC|CONN|PRI )/
const httpText = 'This is the peer port of a Berth replica. Its HTTP address is another one.\n'
const httpHead = [
  'HTTP/1.1 400 Bad Request',
  'Content-Type: text/plain; charset=utf-8',
  `Content-Length: ${Buffer.byteLength(httpText)}`,
  'Connection: close',
  '',
  '',
].join('\r\n')
/** First bytes of a TLS handshake. */
const tlsHello = Buffer.from([0x16, 0x03])
const recognisedBytes = 4

interface Incoming {
  readonly peer: PeerSocket
  /** Who it is; null before it was accepted. */
  known: Accepted | null
  /** Since when it is heard, by this connection or one whose place it took. */
  heardAt: number
}

interface Accepted {
  readonly id: ReplicaId
  readonly run: number
  readonly shown: Introduction
}

/** A refusal, and what the other side hears of it instead of the detail. */
type Told = PeerRefusal & { readonly told: string }

export class Listener {
  readonly #options: DiallerOptions
  readonly #server: Server
  /** Not yet introduced, oldest first. */
  readonly #strangers = new Set<Incoming>()
  /** Let in, one for each; with the strangers no more than the server takes connections. */
  readonly #known = new Map<ReplicaId, Incoming>()
  /** Of peers alone: others come and go as they like. */
  readonly #receivedBefore = new Map<ReplicaId, number>()
  #peers: ReadonlySet<ReplicaId> = new Set()
  /** Anybody can cause these lines. */
  readonly #seldom: LimitedLog

  private constructor(options: DiallerOptions) {
    this.#options = options
    this.#seldom = new LimitedLog(options.log)
    const { tls, limits } = options
    if (tls === undefined) {
      this.#server = createTcpServer((socket) => this.#onConnection(socket))
    } else {
      const handshakeTimeout = Math.max(limits.connectTimeoutMs, connectTimeoutMsMax)
      const mutual = {
        requestCert: true,
        rejectUnauthorized: true,
        ...tlsVersion,
        handshakeTimeout,
      }
      this.#server = createTlsServer({ ...tls, ...mutual }, (socket) => this.#onConnection(socket))
      this.#server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
        const reason = socket.authorizationError ?? error.message
        this.#onForeign(socket.remoteAddress ?? '', String(reason))
      })
    }
    // Those in the middle of a TLS handshake are no strangers yet, but are connections.
    this.#server.maxConnections = 2 * limits.strangersMax
  }

  /** @throws BerthError `unavailable` when the address cannot be listened on */
  static async open(options: DiallerOptions): Promise<Listener> {
    const listener = new Listener(options)
    const { host, port } = options.listen
    await new Promise<void>((resolve, reject) => {
      listener.#server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message
        const text = `The peer port ${host}:${port} cannot be opened: ${taken}.`
        reject(new BerthError('unavailable', text, { cause: error }))
      })
      listener.#server.listen({ host, port, exclusive: true }, resolve)
    })
    listener.#server.on('error', (error) => {
      options.log.error({ reason: error.message }, 'The peer port cannot take a connection.')
    })
    return listener
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** Whether messages of this peer arrive, for how long, and how many bytes have. */
  heard(id: ReplicaId): Pick<PeerStatus, 'heard' | 'heardMs' | 'receivedBytes'> {
    const incoming = this.#known.get(id)
    const before = this.#receivedBefore.get(id) ?? 0
    return {
      heard: incoming !== undefined,
      heardMs: incoming === undefined ? 0 : Math.round(performance.now() - incoming.heardAt),
      receivedBytes: before + (incoming?.peer.receivedBytes ?? 0),
    }
  }

  /** Whom this replica sends to. Others are listened to all the same, if they are accepted. */
  setPeers(peers: ReadonlySet<ReplicaId>): void {
    this.#peers = peers
  }

  /** Closes the connection of a peer that is none any more; it may ask again, and is judged. */
  drop(id: ReplicaId): void {
    this.#known.get(id)?.peer.close('it is no peer any more')
    this.#receivedBefore.delete(id)
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#server.close(resolve))
    for (const { peer } of [...this.#strangers, ...this.#known.values()]) {
      peer.close('this side closed')
    }
    await ended
    this.#seldom.end()
  }

  #onConnection(socket: Socket): void {
    const { limits } = this.#options
    const timer = setTimeout(() => {
      incoming.peer.close(`no handshake within ${limits.handshakeTimeoutMs} ms`)
    }, limits.handshakeTimeoutMs)
    const peer = new PeerSocket(
      socket,
      { ...limits, frameBytesMax: handshakeBytesMax },
      {
        onStart: (reader) => this.#onStart(incoming, reader),
        onFrame: (frame) => {
          this.#onFrame(incoming, frame)
          if (incoming.known !== null) clearTimeout(timer)
        },
        onClose: (reason) => {
          clearTimeout(timer)
          this.#onClose(incoming, reason)
        },
      },
    )
    const incoming: Incoming = { peer, known: null, heardAt: 0 }
    this.#strangers.add(incoming)
    if (this.#strangers.size > limits.strangersMax) {
      const [oldest] = this.#strangers
      oldest?.peer.close('too many connections without a handshake')
    }
  }

  /** False while the first bytes do not tell what this is. */
  #onStart({ peer }: Incoming, reader: FrameReader): boolean {
    const first = reader.peek(recognisedBytes)
    if (first.length < recognisedBytes) return false
    const [method] = httpMethod.exec(first.toString('latin1')) ?? []
    if (method !== undefined) {
      peer.farewell('it speaks HTTP', method === 'HEAD' ? httpHead : httpHead + httpText)
      return false
    }
    if (first.subarray(0, tlsHello.length).equals(tlsHello)) {
      throw new FrameError('it speaks TLS, this port does not')
    }
    const versions = reader.readPreamble()
    if (versions === null) return false
    // Not sooner: a client that speaks something else would read it as an answer.
    peer.begin()
    const refusal = refuseVersion(peerProtocol, versions)
    if (refusal === null) return true
    this.#refuse(peer, { ...refusal, told: refusal.detail }, null, null)
    return false
  }

  #onFrame(incoming: Incoming, frame: WireFrame): void {
    const { known } = incoming
    if (known === null) {
      if (frame.type !== 'hello') throw new FrameError(`it says "${frame.type}" before "hello"`)
      this.#onHello(incoming, decodeIntroduction(frame.body))
      return
    }
    switch (frame.type) {
      case 'message':
        this.#options.onFrame(known.id, known.run, decode(frame.body))
        return
      case 'refuse': {
        const { code, detail } = decodeRefusal(frame.body)
        const refusal = { code, detail }
        this.#seldom.add('warn', { peer: known.id, ...refusal }, 'A peer refuses this replica.')
        this.#options.onRefused?.(known.id, refusal, known.shown)
        incoming.peer.close('it refused')
        return
      }
      default:
        throw new FrameError(`it says "${frame.type}" after "hello"`)
    }
  }

  #onHello(incoming: Incoming, theirs: Introduction): void {
    const { peer } = incoming
    const options = this.#options
    const foreign = this.#faultInCertificate(peer, theirs.id)
    if (foreign !== null) {
      this.#refuse(peer, foreign, theirs, null)
      return
    }
    const own = options.introduce(theirs.id)
    const rejection = refuseIntroduction(own, theirs)
    const judgement: Judgement =
      rejection === null ? this.#judge(theirs) : { kind: 'refuse', ...rejection }
    if (judgement.kind === 'refuse') {
      const by = judgement.confides ? own : options.introduceBriefly(theirs.id)
      this.#refuse(peer, judgement, theirs, by)
      return
    }
    this.#strangers.delete(incoming)
    const before = this.#known.get(theirs.id)
    incoming.heardAt = before?.heardAt ?? performance.now()
    before?.peer.close('a newer connection took its place')
    incoming.known = { id: theirs.id, run: judgement.run, shown: theirs }
    this.#known.set(theirs.id, incoming)
    peer.limits.frameBytesMax = frameBytesMax
    peer.send('accept', encodeIntroduction(own))
  }

  /** With certificates nobody may say that he is another one than his certificate names. */
  #faultInCertificate(peer: PeerSocket, id: ReplicaId): Told | null {
    const { tls, clusterName } = this.#options
    if (tls === undefined) return null
    const fault = faultInCertificate(peer.certificate, clusterName, id)
    if (fault === null) return null
    const detail = `Its certificate ${fault}.`
    return { code: 'wrong_certificate', detail, told: detail }
  }

  #judge({ id, advertised, clusterId, identity }: Introduction): Judgement {
    return this.#options.judge({ id, advertised, clusterId, identity })
  }

  /** @param own what the peer may see of this replica */
  #refuse(
    peer: PeerSocket,
    { code, detail, told }: Told,
    theirs: Introduction | null,
    own: Introduction | null,
  ): void {
    const from = theirs === null ? {} : { peer: theirs.id, advertised: theirs.advertised }
    this.#seldom.add(
      'warn',
      { ...from, code, detail, address: peer.remoteAddress },
      'Refused a peer.',
    )
    const body = encodeRefusal({ code, detail: told }, own)
    peer.farewell('this side refused', { type: 'refuse', body })
  }

  #onClose(incoming: Incoming, reason: string): void {
    if (incoming.known === null) {
      this.#strangers.delete(incoming)
      if (reason !== 'this side closed' && reason !== 'this side refused') {
        this.#onForeign(incoming.peer.remoteAddress, reason)
      }
      return
    }
    const { id } = incoming.known
    const before = this.#receivedBefore.get(id) ?? 0
    if (this.#peers.has(id)) this.#receivedBefore.set(id, before + incoming.peer.receivedBytes)
    if (this.#known.get(id) === incoming) this.#known.delete(id)
    this.#options.log.info({ peer: id, reason }, 'A peer is not heard any more.')
  }

  #onForeign(address: string, reason: string): void {
    this.#seldom.add('warn', { address, reason }, 'Closed a connection to the peer port.')
  }
}
