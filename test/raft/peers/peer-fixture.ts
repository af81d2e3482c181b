/** Transports on loopback that record what they hear, and peers spoken by hand. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { ReplicaId } from '../../../src/raft/core/entry.js'
import { frameBytesMax } from '../../../src/raft/node/frame-limits.js'
import {
  encodeHello,
  type Handshake,
  type PeerHello,
} from '../../../src/raft/node/identity/handshake.js'
import {
  judgeHello,
  type PeerVerdict,
  type RefusalCode,
} from '../../../src/raft/node/identity/peer-judgement.js'
import {
  encodeFrameHead,
  encodePreamble,
  FrameReader,
  type FrameType,
  type WireFrame,
} from '../../../src/raft/peers/peer-socket.js'
import { createPeerTransport } from '../../../src/raft/peers/transport.js'
import type {
  PeerAddress,
  PeerTransport,
  PeerTransportOptions,
} from '../../../src/raft/peers/transport-options.js'
import type { VersionRange } from '../../../src/versions/versions.js'
import type { Owner } from '../../support/owner.js'
import { freePort } from '../../support/ports.js'
import { handshakeOf } from '../node/support/handshakes.js'
import { type LogLine, recordingLog } from '../store/recording-log.js'

export const host = '127.0.0.1'
export const cluster = 'test'

/** A judgement against a peer that may know why. */
export function rejection(code: RefusalCode, detail: string, confides = true): PeerVerdict {
  return { kind: 'refuse', code, detail, told: confides ? detail : 'Somebody else.', confides }
}

/** What a replica of no cluster yet shows. */
export function shownBy(replicaId: ReplicaId, given: Partial<Handshake> = {}): Handshake {
  return handshakeOf({ replicaId, clusterName: cluster, clusterId: null, ...given })
}

/** As a node judges that has met nobody. */
export function judgeAs(self: Handshake): PeerTransportOptions['judge'] {
  const nobody = { isMember: true, record: undefined, runMet: undefined, removal: 'none' } as const
  return (hello, dialled) => judgeHello({ id: self.replicaId, ...self, ...nobody }, hello, dialled)
}

/** Short times, so that silence and retries are quick. */
const limits = {
  ...{ pingEveryMs: 50, quietIntervalsMax: 5, connectTimeoutMs: 500, handshakeTimeoutMs: 500 },
  backoffMsMax: 50,
}

export interface Replica {
  readonly id: ReplicaId
  readonly address: PeerAddress
  readonly transport: PeerTransport
  /** `from: message`, in the order of arrival. */
  readonly heard: { readonly from: ReplicaId; readonly message: unknown }[]
  /** `+2`, `-3`: reachable, unreachable. */
  readonly reached: string[]
  readonly refusals: string[]
  readonly lines: readonly LogLine[]
}

export async function startReplica(
  owner: Owner,
  id: ReplicaId,
  peers: readonly PeerAddress[],
  options: Partial<PeerTransportOptions> & { readonly port?: number } = {},
): Promise<Replica> {
  const port = options.port ?? (await freePort())
  const log = recordingLog()
  const heard: Replica['heard'] = []
  const reached: string[] = []
  const refusals: string[] = []
  const handshake = options.handshake ?? (() => shownBy(id))
  const transport = await createPeerTransport({
    self: id,
    listen: { host, port },
    advertised: { host, port },
    peers,
    log,
    handshake,
    judge: (hello, dialled) => judgeAs(handshake())(hello, dialled),
    onFrame: (from, _run, message) => void heard.push({ from, message }),
    onReachable: ({ replicaId }) => void reached.push(`+${replicaId}`),
    onUnreachable: (peer) => void reached.push(`-${peer}`),
    onRefused: (peer, { code, detail }) => void refusals.push(`${peer} ${code} ${detail}`),
    ...options,
    limits: { ...limits, ...options.limits },
  })
  owner.onTestFinished(() => transport.close())
  const address = { id, host, port }
  return { id, address, transport, heard, reached, refusals, lines: log.lines }
}

/** Replicas 1 to n that all know each other. */
export async function startReplicas(
  owner: Owner,
  count: number,
  options: Partial<PeerTransportOptions> = {},
): Promise<Replica[]> {
  const ids = Array.from({ length: count }, (_, at) => at + 1)
  const peers: PeerAddress[] = []
  for (const id of ids) peers.push({ id, host, port: await freePort() })
  return Promise.all(
    peers.map(({ id, port }) => startReplica(owner, id, peers, { ...options, port })),
  )
}

export function isConnected({ transport }: Replica, to: ReplicaId): boolean {
  return transport.status().some(({ id, connected }) => id === to && connected)
}

/** A connection spoken by hand. */
export interface RawPeer {
  readonly socket: Socket
  readonly frames: WireFrame[]
  /** Everything that arrived. */
  readonly bytes: () => Buffer
  readonly closed: () => boolean
  send(type: FrameType, body: Uint8Array): void
}

export function rawPeer(owner: Owner, socket: Socket, reads: 'frames' | 'bytes'): RawPeer {
  const frames: WireFrame[] = []
  const chunks: Buffer[] = []
  const reader = new FrameReader()
  let begun = false
  let closed = false
  socket.on('error', () => {})
  socket.on('close', () => {
    closed = true
  })
  socket.on('data', (chunk) => {
    chunks.push(chunk)
    if (reads === 'bytes') return
    reader.push(chunk)
    begun ||= reader.readPreamble() !== null
    while (begun) {
      const frame = reader.readFrame(frameBytesMax)
      if (frame === null) break
      if (frame.type !== 'ping') frames.push(frame)
    }
  })
  owner.onTestFinished(() => void socket.destroy())
  return {
    socket,
    frames,
    bytes: () => Buffer.concat(chunks),
    closed: () => closed,
    send: (type, body) => socket.write(Buffer.concat([encodeFrameHead(type, body.length), body])),
  }
}

export async function dialRaw(
  owner: Owner,
  port: number,
  reads: 'frames' | 'bytes' = 'frames',
): Promise<RawPeer> {
  const socket = connect(port, host)
  await new Promise((resolve) => socket.once('connect', resolve))
  return rawPeer(owner, socket, reads)
}

/** A dialler by hand that says who it is. */
export async function dialAs(
  owner: Owner,
  port: number,
  change: HelloChange = {},
  versions?: VersionRange,
): Promise<RawPeer> {
  const peer = await dialRaw(owner, port)
  peer.socket.write(encodePreamble(versions))
  peer.send('hello', encodeHello(helloOf(change)))
  return peer
}

export type HelloChange = Partial<Pick<PeerHello, 'to' | 'advertised'>> & Partial<Handshake>

/** Of replica 2 to replica 1. */
export function helloOf(change: HelloChange = {}): PeerHello {
  const { to = 1, advertised = `${host}:1`, ...shown } = change
  return { to, advertised, shown: shownBy(2, shown) }
}

/** A listener by hand. */
export async function listenRaw(
  owner: Owner,
  port: number,
  onPeer: (peer: RawPeer) => void,
): Promise<Server> {
  const server = createServer((socket) => onPeer(rawPeer(owner, socket, 'frames')))
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  owner.onTestFinished(() => void server.close())
  return server
}

/** A listener by hand that accepts whoever comes. */
export function listenAs(
  owner: Owner,
  port: number,
  onPeer: (peer: RawPeer) => void = () => {},
): Promise<Server> {
  return listenRaw(owner, port, (peer) => {
    peer.socket.write(encodePreamble())
    peer.send('accept', encodeHello(helloOf()))
    onPeer(peer)
  })
}
