/**
 * A NATS server that means harm, to a replica and to hosts that have no other: whatever it says,
 * they leave it and come back, or stay and answer; and all goes on over WebSocket meanwhile.
 */

import { encode } from '../../../src/wire/msgpack.js'
import type { Random } from '../../simulation/kernel/random.js'
import { eventually } from '../../support/eventually.js'
import type { FuzzCluster } from '../cluster/fuzz-cluster.js'
import { honestHosts, honestNamespace } from '../cluster/fuzz-cluster.js'
import type { Door, FuzzCase, OpenDoor } from '../door.js'
import { withByteFaults } from '../generator/byte-faults.js'
import { asyncapi } from '../generator/documents.js'
import { hostileMsgpack } from '../generator/msgpack-bytes.js'
import { Values } from '../generator/values.js'
import { HarmfulServer, type Visitor } from './harmful-server.js'
import { serverWords } from './server-words.js'

const name = 'fuzznats'
const wordsPerCaseMax = 100
/** Replica and hosts, each of which has one connection. */
const clients = 1 + honestHosts.length
const comesWithinMs = 40_000
const endsWithinMs = 20_000
/** A PING behind a line without an end is a part of that line: then it is said again. */
const askAgainMs = 2_000
const floodBytesMax = 4 * 1024 * 1024
const payloadKinds = ['Lock', 'Update', 'Unlock', 'Beacon', 'Pulse', 'TableAnswer', 'Get']

export const natsServerDoor: Door = {
  name: 'nats-server',
  about: 'a hostile NATS server, to a replica and to sidecars',
  parallel: clients + 2,
  open: async ({ ground, owner }) => {
    const server = await HarmfulServer.start(owner)
    const { url: natsUrl } = server
    const cluster = await ground.cluster(name, async () => ({
      ids: [1],
      natsUrl,
      hostsNatsUrl: natsUrl,
    }))
    return new NatsServerDoor(cluster, server)
  },
}

class NatsServerDoor implements OpenDoor {
  readonly cluster: FuzzCluster
  readonly #server: HarmfulServer
  readonly #values = new Values(asyncapi(), (known) => {
    return known === 'Namespace' ? honestNamespace : undefined
  })

  constructor(cluster: FuzzCluster, server: HarmfulServer) {
    this.cluster = cluster
    this.#server = server
  }

  async run(fuzzCase: FuzzCase): Promise<number> {
    const { random } = fuzzCase
    return random.chance(0.15) ? this.#greet(fuzzCase) : this.#attack(fuzzCase)
  }

  /** All of them come back to a server that does its part. */
  async settle(): Promise<void> {
    await eventually('all clients of the NATS server', () => this.#server.loggedIn >= clients)
  }

  /** The next one that comes is greeted so. */
  async #greet(fuzzCase: FuzzCase): Promise<number> {
    const { random } = fuzzCase
    const right = serverWords.info(random)
    const greeting = random.chance(0.4) ? right : withByteFaults(right, random)
    const words = random.chance(0.5) ? [greeting] : [greeting, ...serverWords.some(random)]
    const visitor = await this.#server.greetNext(Buffer.concat(words), comesWithinMs)
    if (visitor === null) {
      fuzzCase.suspicion('nobody comes to the NATS server any more')
      return 1
    }
    if (random.chance(0.3)) visitor.socket.end()
    await visitor.until(() => visitor.isClosed || visitor.isLoggedIn, 3_000)
    fuzzCase.answer(visitor.isLoggedIn ? 'greeted, logs in' : 'greeted, leaves')
    if (!visitor.isLoggedIn) visitor.socket.destroy()
    else this.#server.release(visitor)
    return words.length
  }

  async #attack(fuzzCase: FuzzCase): Promise<number> {
    const { random } = fuzzCase
    const visitor = await this.#server.visitor(comesWithinMs)
    if (visitor === null) {
      fuzzCase.suspicion('nobody logs in at the NATS server any more')
      return 1
    }
    const words = this.#words(random, visitor)
    for (const word of words) {
      if (random.chance(0.9)) visitor.write(word)
      else {
        const cut = random.below(word.length + 1)
        visitor.write(word.subarray(0, cut))
        await new Promise((resolve) => setImmediate(resolve))
        visitor.write(word.subarray(cut))
      }
    }
    const isEnded = this.#maybeEnd(random, visitor)
    await this.#judge(fuzzCase, visitor, isEnded)
    return words.length
  }

  /** Right for a long while, so that what is wrong comes when nobody expects it. */
  #words(random: Random, visitor: Visitor): Buffer[] {
    const payloads = Array.from({ length: 4 }, () => this.#payload(random))
    const to = visitor.subscriptions
    const count = random.pick([3, 20, wordsPerCaseMax])
    const right = Array.from({ length: count }, () => serverWords.right(random, to, payloads))
    const wrong = random.chance(0.7) ? serverWords.some(random, to, payloads) : []
    if (random.chance(0.05)) wrong.push(serverWords.endless(random, floodBytesMax))
    if (random.chance(0.1)) return [...right, withByteFaults(Buffer.concat(wrong), random)]
    return [...right, ...wrong]
  }

  #payload(random: Random): Uint8Array {
    const schema = { $ref: `#/components/schemas/${random.pick(payloadKinds)}` }
    const message = this.#values.valid(schema, random)
    return random.chance(0.6) ? encode(message) : hostileMsgpack(message, random)
  }

  #maybeEnd(random: Random, visitor: Visitor): boolean {
    const draw = random.next()
    if (draw < 0.1) visitor.socket.end()
    else if (draw < 0.2) visitor.socket.destroy()
    return draw < 0.2
  }

  /** It stays and answers, or it leaves: it does not stand there. */
  async #judge(fuzzCase: FuzzCase, visitor: Visitor, isEnded: boolean): Promise<void> {
    const { pongs } = visitor
    const isOver = () => visitor.isClosed || visitor.pongs > pongs
    const ping = Buffer.from('PING\r\n')
    if (!isEnded) visitor.write(ping)
    const isAnswered = await visitor.until(isOver, askAgainMs)
    if (!isEnded && !isAnswered) visitor.write(ping)
    if (!(await visitor.until(isOver, endsWithinMs))) {
      fuzzCase.suspicion(`a client of NATS neither answers nor leaves: ${visitor.said()}`)
      visitor.socket.destroy()
    }
    fuzzCase.answer(visitor.isClosed ? (isEnded ? 'ended' : 'leaves') : 'stays')
    this.#server.release(visitor)
  }
}
