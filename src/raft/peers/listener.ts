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
import {
  decodeHello,
  decodeRefusal,
  encodeHello,
  encodeRefusal,
  type Glimpse,
  glimpseOf,
  type Handshake,
  type PeerHello,
} from '../node/identity/handshake.js'
import { judgeVersions, type PeerRejection } from '../node/identity/peer-judgement.js'
import type { ConnectionOptions } from './dialler.js'
import { judgeCertificate } from './peer-certificate.js'
import { FrameError, type FrameReader, PeerSocket, type WireFrame } from './peer-socket.js'
import { connectTimeoutMsMax, type LinkStatus, tlsVersion } from './transport-options.js'

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
  /** What it showed; null before it was accepted. */
  known: Handshake | null
  /** Since when it is heard, by this connection or one whose place it took. */
  heardAt: number
}

export class PeerListener {
  readonly #options: ConnectionOptions
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

  private constructor(options: ConnectionOptions) {
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
  static async open(options: ConnectionOptions): Promise<PeerListener> {
    const listener = new PeerListener(options)
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
  heard(id: ReplicaId): Pick<LinkStatus, 'heard' | 'heardMs' | 'receivedBytes'> {
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
        ...(this.#options.together && { together: this.#options.together }),
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
    const rejection = judgeVersions(peerProtocol, versions)
    if (rejection === null) return true
    this.#refuse(peer, rejection, null, null)
    return false
  }

  #onFrame(incoming: Incoming, frame: WireFrame): void {
    const { known } = incoming
    if (known === null) {
      if (frame.type !== 'hello') throw new FrameError(`it says "${frame.type}" before "hello"`)
      this.#onHello(incoming, decodeHello(frame.body))
      return
    }
    switch (frame.type) {
      case 'message':
        this.#options.onFrame(known.replicaId, known.run, decode(frame.body))
        return
      case 'refuse': {
        const { code, detail } = decodeRefusal(frame.body)
        const refusal = { code, detail }
        this.#seldom.add(
          'warn',
          { peer: known.replicaId, ...refusal },
          'A peer refuses this replica.',
        )
        this.#options.onRefused?.(known.replicaId, refusal, known)
        incoming.peer.close('it refused')
        return
      }
      default:
        throw new FrameError(`it says "${frame.type}" after "hello"`)
    }
  }

  #onHello(incoming: Incoming, hello: PeerHello): void {
    const { peer } = incoming
    const { advertised } = this.#options
    const { replicaId: id } = hello.shown
    const foreign = this.#judgeCertificate(peer, id)
    if (foreign !== null) {
      this.#refuse(peer, foreign, hello, null)
      return
    }
    const shown = this.#options.handshake()
    const verdict = this.#options.judge(hello, null)
    if (verdict.kind === 'refuse') {
      const by = verdict.confides
        ? { advertised, shown }
        : { advertised: '', shown: glimpseOf(shown) }
      this.#refuse(peer, verdict, hello, { to: id, ...by })
      return
    }
    this.#strangers.delete(incoming)
    const before = this.#known.get(id)
    incoming.heardAt = before?.heardAt ?? performance.now()
    before?.peer.close('a newer connection took its place')
    incoming.known = hello.shown
    this.#known.set(id, incoming)
    peer.limits.frameBytesMax = frameBytesMax
    peer.send('accept', encodeHello({ to: id, advertised, shown }))
  }

  #judgeCertificate(peer: PeerSocket, id: ReplicaId): PeerRejection | null {
    const { tls, handshake } = this.#options
    if (tls === undefined) return null
    return judgeCertificate(peer.certificate, handshake().clusterName, id)
  }

  /** @param own what the peer may see of this replica */
  #refuse(
    peer: PeerSocket,
    { code, detail, told }: PeerRejection,
    theirs: PeerHello | null,
    own: PeerHello<Handshake | Glimpse> | null,
  ): void {
    const from =
      theirs === null ? {} : { peer: theirs.shown.replicaId, advertised: theirs.advertised }
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
    const { replicaId: id } = incoming.known
    const before = this.#receivedBefore.get(id) ?? 0
    if (this.#peers.has(id)) this.#receivedBefore.set(id, before + incoming.peer.receivedBytes)
    if (this.#known.get(id) === incoming) this.#known.delete(id)
    this.#options.log.info({ peer: id, reason }, 'A peer is not heard any more.')
  }

  #onForeign(address: string, reason: string): void {
    this.#seldom.add('warn', { address, reason }, 'Closed a connection to the peer port.')
  }
}
