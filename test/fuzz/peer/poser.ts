/**
 * Somebody who poses as a replica: he was added as a learner, answers whoever dials him, dials them
 * all, and is met and listened to. What he says is not his own business (lies.ts); he only hears
 * how far each of the others is, so that it can be near the truth.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import {
  decodeHello,
  decodeRefusal,
  encodeHello,
} from '../../../src/raft/node/identity/handshake.js'
import { encodePreamble, type WireFrame } from '../../../src/raft/peers/peer-socket.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { eventually } from '../../support/eventually.js'
import type { Owner } from '../../support/owner.js'
import { request } from '../../support/real-cluster.js'
import type { FuzzCluster, FuzzReplica } from '../cluster/fuzz-cluster.js'
import { PeerConnection } from './peer-connection.js'

/** What one replica has told him of itself. */
export interface Heard {
  term: number
  commit: number
  /** Whom it follows, in which term, and since when (monotonic, in ms); 0 for nobody. */
  leader: number
  leaderTerm: number
  sinceMs: number
  digest: string
  /** Of the process. */
  run: number
}

const withinMs = 20_000
const host = '127.0.0.1'

export class Poser {
  readonly id: number
  readonly #cluster: FuzzCluster
  /** He learns it from whoever lets him in. */
  #clusterId: string | null = null
  readonly #server = createServer((socket) => this.#dialled(socket))
  readonly #incoming = new Set<PeerConnection>()
  readonly #outgoing = new Map<number, Outgoing>()
  readonly #heard = new Map<number, Heard>()
  #isGone = false

  /** Adds a learner of this id, and is it from now on. */
  static async join(cluster: FuzzCluster, owner: Owner, id: number): Promise<Poser> {
    const poser = new Poser(cluster, id)
    owner.onTestFinished(() => poser.#close())
    await new Promise<void>((resolve) => poser.#server.listen(0, host, resolve))
    const peer = `${host}:${poser.port}`
    await poser.#ask('POST', '/v1/cluster/replicas', { id, peer, membership: 'learner' })
    await eventually('all replicas to speak with the learner', async () => {
      await Promise.all(cluster.running.map((replica) => poser.flush(replica)))
      return cluster.running.every((replica) => poser.heard(replica.id).term > 0)
    })
    return poser
  }

  private constructor(cluster: FuzzCluster, id: number) {
    this.#cluster = cluster
    this.id = id
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** What this replica has said of itself so far. */
  heard(id: number): Heard {
    let heard = this.#heard.get(id)
    if (heard === undefined) {
      const nobody = { leader: 0, leaderTerm: 0, sinceMs: performance.now() }
      heard = { term: 0, commit: 0, ...nobody, digest: 'D'.repeat(43), run: 0 }
      this.#heard.set(id, heard)
    }
    return heard
  }

  /** A connection by which he is listened to. */
  async connection(replica: FuzzReplica): Promise<PeerConnection> {
    const known = this.#outgoing.get(replica.id)
    if (known !== undefined && !known.connection.isClosed) return known.connection
    const outgoing: Outgoing = {
      connection: this.#dial(replica),
      pongs: 0,
      isLetIn: false,
      why: '',
    }
    this.#outgoing.set(replica.id, outgoing)
    const { connection } = outgoing
    await connection.until(() => outgoing.isLetIn || connection.isClosed, withinMs)
    if (!outgoing.isLetIn) throw new Error(`the poser is not let in: ${outgoing.why}`)
    return connection
  }

  /** Resolves once the replica has taken what was said, or has ended the connection for it. */
  async flush(replica: FuzzReplica): Promise<'taken' | 'closed' | 'silent'> {
    const connection = await this.connection(replica)
    const outgoing = this.#outgoing.get(replica.id)!
    const before = outgoing.pongs
    connection.send('ping', encode(1))
    const isOver = () => outgoing.pongs > before || connection.isClosed
    if (!(await connection.until(isOver, withinMs))) return 'silent'
    return outgoing.pongs > before ? 'taken' : 'closed'
  }

  /** He is removed for good. */
  async leave(): Promise<void> {
    await this.#ask('DELETE', `/v1/cluster/replicas/${this.id}`)
    this.#close()
  }

  #close(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#server.close()
    for (const { connection } of this.#outgoing.values()) connection.socket.destroy()
    for (const { socket } of this.#incoming) socket.destroy()
  }

  async #ask(method: string, path: string, body?: object): Promise<void> {
    await eventually(`an answer to ${method} ${path}`, async () => {
      const leader = this.#cluster.replica(await this.#cluster.leader())
      await request(method, `http://${host}:${leader.apiPort}${path}`, body)
      return true
    })
  }

  #dial({ id, peerPort }: FuzzReplica): PeerConnection {
    const connection = PeerConnection.to(peerPort, (frame) => this.#answered(id, frame))
    connection.write(encodePreamble())
    connection.send('hello', this.#hello(id))
    return connection
  }

  #hello(to: number): Uint8Array {
    const { id, port } = this
    const clusterId = this.#clusterId
    const cluster = this.#cluster.name
    const shown = {
      ...{ clusterName: cluster, clusterId, replicaId: id },
      ...{ uuid: `the database of ${id}`, run: id * 1_000 + 7, incarnation: 1 },
      // As one that was just added.
      isEmpty: clusterId === null,
      started: { term: 0, lastIndex: 0 },
      durable: { term: 0, lastIndex: 0 },
      ...{ initialVoters: null, knownPeers: [] },
    }
    const advertised = `${host}:${port}`
    return encodeHello({ to, advertised, shown })
  }

  /** By the connection that he opened. */
  #answered(from: number, { type, body }: WireFrame): void {
    const outgoing = this.#outgoing.get(from)
    if (outgoing === undefined) return
    if (type === 'accept') {
      outgoing.isLetIn = true
      const { run, clusterId } = decodeHello(body).shown
      this.#clusterId ??= clusterId
      this.heard(from).run = run
    } else if (type === 'refuse') {
      const { code, detail } = decodeRefusal(body)
      outgoing.why = `${code}: ${detail}`
    } else if (type === 'pong') outgoing.pongs += 1
    else if (type === 'ping') outgoing.connection.send('pong', body)
  }

  #dialled(socket: Socket): void {
    let from = 0
    const connection = new PeerConnection(socket, ({ type, body }) => {
      if (type === 'hello') {
        from = decodeHello(body).shown.replicaId
        connection.write(encodePreamble())
        connection.send('accept', this.#hello(from))
      } else if (type === 'ping') connection.send('pong', body)
      else if (type === 'message') this.#note(from, decode(body) as Said)
    })
    this.#incoming.add(connection)
    socket.on('close', () => this.#incoming.delete(connection))
  }

  #note(from: number, said: Said): void {
    const heard = this.heard(from)
    const { kind, term = 0, commit = 0 } = said.message ?? said
    const isHealth = kind === 'health'
    if (isHealth || said.kind === 'raft') heard.term = Math.max(heard.term, term)
    if (isHealth || kind === 'heartbeat') heard.commit = Math.max(heard.commit, commit)
    if (kind === 'heartbeat' || kind === 'append') this.#leads(from, term)
    if (said.status !== undefined) heard.digest = said.status.digest
  }

  #leads(leader: number, term: number): void {
    for (const { id } of this.#cluster.replicas) {
      const heard = this.heard(id)
      if (term <= heard.leaderTerm) continue
      heard.leader = leader
      heard.leaderTerm = term
      heard.sinceMs = performance.now()
    }
  }
}

interface Outgoing {
  readonly connection: PeerConnection
  pongs: number
  isLetIn: boolean
  why: string
}

interface RaftSaid {
  readonly kind: string
  readonly term?: number
  readonly commit?: number
}

interface Said extends RaftSaid {
  readonly message?: RaftSaid
  readonly status?: { readonly digest: string }
}
