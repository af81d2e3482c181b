/**
 * The peer port: strangers, who must not get in, and a learner, who is in and lies. The others go
 * on as if he were not there.
 */
import { encodeFrameHead } from '../../../src/raft/peers/peer-socket.js'
import { encode } from '../../../src/wire/msgpack.js'
import type { Random } from '../../simulation/kernel/random.js'
import type { Owner } from '../../support/owner.js'
import { type FuzzCluster, type FuzzReplica, honestHosts } from '../cluster/fuzz-cluster.js'
import { sharedCluster } from '../cluster/shared-cluster.js'
import type { Door, FuzzCase, OpenDoor } from '../door.js'
import { withByteFaults } from '../generator/byte-faults.js'
import { asyncapi } from '../generator/documents.js'
import { hostileMsgpack } from '../generator/msgpack-bytes.js'
import { Lies } from './lies.js'
import type { PeerConnection } from './peer-connection.js'
import { Poser } from './poser.js'
import { ReplicaWords } from './replica-words.js'
import { knock } from './strangers.js'

const liesPerCase = 60
/** A term is raised in one case of so many, and not sooner than this after the last time, in ms. */
const raiseEveryCases = 100
const raiseEveryMs = 20_000
const firstLearner = 40
const names = {
  namespaces: ['fuzzed-a', 'fuzzed-b'],
  hosts: [...honestHosts, 'a:1', 'b:1', 'c:1'],
  sessions: ['s-1', 's-2', 's-3', 's-4'],
}

export const peerDoor: Door = {
  name: 'peer',
  about: 'handshakes and frames at the peer ports, of strangers and of a learner that lies',
  parallel: 6,
  open: async ({ ground, owner }) => new PeerDoor(await sharedCluster(ground), owner),
}

class PeerDoor implements OpenDoor {
  readonly cluster: FuzzCluster
  readonly #owner: Owner
  readonly #words = new ReplicaWords(asyncapi(), names)
  #poser: Promise<Poser> | null = null
  #learners = 0
  #raisedAtMs = Number.NEGATIVE_INFINITY
  /** One case at a time speaks for the learner to each replica. */
  readonly #turns = new Map<number, Promise<unknown>>()

  constructor(cluster: FuzzCluster, owner: Owner) {
    this.cluster = cluster
    this.#owner = owner
  }

  async run(fuzzCase: FuzzCase): Promise<number> {
    const { random } = fuzzCase
    const replica = random.pick(this.cluster.running)
    if (random.chance(0.5)) return this.#lie(fuzzCase, replica)
    const { peerPort: port, id } = replica
    await knock(fuzzCase, { port, id, cluster: this.cluster.name })
    return 1
  }

  async settle(): Promise<void> {
    const poser = await this.#poser
    this.#poser = null
    await poser?.leave()
  }

  async #lie(fuzzCase: FuzzCase, replica: FuzzReplica): Promise<number> {
    this.#poser ??= Poser.join(this.cluster, this.#owner, this.#nextLearner())
    const poser = await this.#poser
    const before = this.#turns.get(replica.id) ?? Promise.resolve()
    const turn = before.then(() => this.#tell(fuzzCase, poser, replica))
    this.#turns.set(
      replica.id,
      turn.catch(() => {}),
    )
    return turn
  }

  async #tell(fuzzCase: FuzzCase, poser: Poser, replica: FuzzReplica): Promise<number> {
    const { random, number } = fuzzCase
    const lies = new Lies(poser.id, this.#words)
    const members = [...this.cluster.replicas.map(({ id }) => id), poser.id]
    const listener = { id: replica.id, heard: poser.heard(replica.id), members }
    const connection = await poser.connection(replica)
    for (let i = 0; i < liesPerCase; i += 1) {
      connection.write(framed(lies.any(random, listener), random))
    }
    if (number % raiseEveryCases === 0 && performance.now() - this.#raisedAtMs > raiseEveryMs) {
      this.#raisedAtMs = performance.now()
      connection.send('message', encode(lies.raising(random, listener)))
      fuzzCase.answer('raised a term')
    }
    if (random.chance(0.02)) return this.#garble(fuzzCase, connection)
    const outcome = await poser.flush(replica)
    fuzzCase.answer(`lies ${outcome}`)
    if (outcome === 'silent') fuzzCase.suspicion(`replica ${replica.id} answers a learner no more`)
    return liesPerCase
  }

  /** A frame whose length may lie: what comes behind it is part of it, so nothing does. */
  async #garble({ random, answer }: FuzzCase, connection: PeerConnection): Promise<number> {
    const whole = Buffer.concat([encodeFrameHead('message', 40), Buffer.alloc(40, 0x90)])
    connection.write(withByteFaults(whole, random))
    await connection.until(() => connection.isClosed, random.below(50))
    connection.socket.destroy()
    answer('a garbled frame')
    return liesPerCase + 1
  }

  /** No id is used again. */
  #nextLearner(): number {
    this.#learners += 1
    return firstLearner + this.#learners
  }
}

/**
 * Nearly always right: a wrong one ends the connection, and those behind it are not heard. Bytes
 * are changed only where no change makes of it what a leader alone may say.
 */
function framed(lie: object, random: Random): Buffer {
  const isHostile = random.chance(0.008) && harmless.has((lie as { kind?: unknown }).kind)
  const body = isHostile ? hostileMsgpack(lie, random) : encode(lie)
  const type = random.chance(0.998) ? 'message' : random.pick(['hello', 'accept', 'pong'] as const)
  return Buffer.concat([encodeFrameHead(type, body.length), body])
}

const harmless: ReadonlySet<unknown> = new Set([
  ...['health', 'digests', 'read-question', 'read-answer', 'relay-up', 'relay-down'],
  ...['response', 'status'],
])
