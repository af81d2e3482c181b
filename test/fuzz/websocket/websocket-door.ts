/**
 * The door of hosts: sessions that say what asyncapi.yaml has, out of order, with faults and in bad
 * frames, as observers, as hosts, and as somebody who poses as an honest host. What comes back is
 * documented, and nobody gets another's place.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { components } from '../../../src/api/openapi.generated.js'
import type { Random } from '../../simulation/kernel/random.js'
import { root } from '../../support/program.js'
import { request } from '../../support/real-cluster.js'
import { type FuzzCluster, honestNamespace } from '../cluster/fuzz-cluster.js'
import { sharedCluster } from '../cluster/shared-cluster.js'
import type { Door, DoorContext, FuzzCase, OpenDoor } from '../door.js'
import type { Tree } from '../generator/schema.js'
import { fragments, hostileFrame, messageFrame } from './frames.js'
import { badlyWritten, fuzzNamespaces, type Role, Sayings, written } from './sayings.js'
import { FuzzSession } from './session.js'

type Schemas = components['schemas']

const offers: readonly (readonly string[])[] = [
  ...[[], ['berth.v1+json'], ['berth.v1+msgpack'], ['berth.v1+msgpack', 'berth.v1+json']],
  ...[['berth.v1+json'], ['berth.v1+msgpack'], ['x', 'berth.v1+json'], ['berth.v2']],
]
const origins: readonly (string | null)[] = [null, null, null, null, null, null, 'http://evil.test']
const roles: readonly Role[] = [
  ...(['observer', 'host', 'host', 'host', 'host', 'poser', 'poser'] as const),
]
/** Newcomers among the honest hosts move actors about: seldom, and so that moves come to an end. */
const newcomerChance = 0.004
const answerMs = 300
/** What something that was said is answered with, sooner or later. */
const answers = ['answer', 'refused', 'fence', 'left', 'table']
const namespacesSeen = [...fuzzNamespaces, honestNamespace]

export const webSocketDoor: Door = {
  name: 'websocket',
  about: 'sessions of hosts from asyncapi.yaml, and of those who pose as hosts',
  parallel: 12,
  open: async ({ ground }: DoorContext) => {
    const cluster = await sharedCluster(ground)
    return new WebSocketDoor(cluster, await sayingsFor(cluster))
  },
}

async function sayingsFor(cluster: FuzzCluster): Promise<Sayings> {
  const text = readFileSync(`${root}asyncapi.yaml`, 'utf8')
  const document = JSON.parse(JSON.stringify(parse(text))) as Tree
  const api = `http://127.0.0.1:${cluster.replicas[0]!.apiPort}`
  const { lineage } = await request<Schemas['Cluster']>('GET', `${api}/v1/cluster`)
  const path = `/v1/namespaces/${honestNamespace}/members`
  const { items } = await request<Schemas['MemberList']>('GET', api + path)
  const members = items.filter(({ appId }) => appId === 'honest')
  return new Sayings(document, cluster.name, lineage ?? '', members)
}

class WebSocketDoor implements OpenDoor {
  readonly cluster: FuzzCluster
  readonly #sayings: Sayings

  constructor(cluster: FuzzCluster, sayings: Sayings) {
    this.cluster = cluster
    this.#sayings = sayings
  }

  async run(fuzzCase: FuzzCase): Promise<number> {
    const { random } = fuzzCase
    const { apiPort } = random.pick(this.cluster.running)
    const [offer, origin] = [random.pick(offers), random.pick(origins)]
    const mayBeRefused = origin !== null || offer.includes('berth.v2')
    const session = await FuzzSession.open(`ws://127.0.0.1:${apiPort}`, offer, origin, {
      finding: (what) => fuzzCase.finding(what),
      refused: ({ statusCode }) => {
        fuzzCase.answer(`HTTP ${statusCode}`)
        const isRight = statusCode === (origin === null ? 400 : 403)
        if (!mayBeRefused || !isRight) fuzzCase.finding(`refused with ${statusCode}: ${offer}`)
      },
    })
    if (session === null) return 1
    if (mayBeRefused) fuzzCase.finding(`taken, with ${offer} from ${origin}`)
    const said = await this.#converse(fuzzCase, session)
    const { code } = await session.end(random.chance(0.7))
    for (const kind of session.kinds) fuzzCase.answer(kind)
    fuzzCase.answer(`close ${code}`)
    return said
  }

  /** Whoever came in goes out, without the patience that a silent host is given. */
  async settle(): Promise<void> {
    const api = `http://127.0.0.1:${this.cluster.replica(await this.cluster.leader()).apiPort}`
    for (const namespace of namespacesSeen) {
      const path = `${api}/v1/namespaces/${namespace}/members`
      const { items } = await request<Schemas['MemberList']>('GET', path).catch(() => ({
        items: [],
      }))
      for (const { name, appId } of items) {
        if (appId === 'honest') continue
        await request('DELETE', `${path}/${encodeURIComponent(name)}`).catch(() => {})
      }
    }
  }

  async #converse(fuzzCase: FuzzCase, session: FuzzSession): Promise<number> {
    const { random } = fuzzCase
    const role = random.chance(newcomerChance) ? 'newcomer' : random.pick(roles)
    const hello = this.#sayings.hello(role, random)
    const beginning = random.next()
    const isHello = beginning < 0.85
    if (isHello) this.#say(session, hello, random)
    else if (beginning < 0.95) this.#sayBadly(session, hello, random)
    else this.#say(session, this.#sayings.further(role, null, random), random)
    if (random.chance(0.7)) await session.next(['welcome', 'waiting', 'error'], answerMs)
    const said = 1 + (await this.#goOn(session, role, hello, random))
    await session.settled()
    // Without types it is an observer, whose epoch is 0, whatever it calls itself.
    if (isHello && role === 'poser' && (session.welcomed?.epoch ?? 0) > 0) {
      fuzzCase.finding(`a poser is welcomed: ${JSON.stringify(hello)}`)
    }
    return said
  }

  /** @returns how much was said */
  async #goOn(
    session: FuzzSession,
    role: Role,
    hello: Record<string, unknown>,
    random: Random,
  ): Promise<number> {
    const faultChance = random.pick([0, 0, 0.05, 0.3])
    const count = random.chance(0.02) ? 130 : random.below(12)
    let said = 0
    for (; said < count && !session.isOver; said += 1) {
      const isAnew = random.chance(0.01)
      const next = isAnew ? hello : this.#sayings.further(role, session.welcomed, random)
      if (random.chance(faultChance)) this.#sayBadly(session, next, random)
      else this.#say(session, next, random)
      if (random.chance(0.2)) await session.next(answers, random.between(1, answerMs))
    }
    return said
  }

  #say(session: FuzzSession, message: unknown, random: Random): void {
    const bytes = written(message, session.isBinary)
    const isWhole = random.chance(0.93)
    if (isWhole) session.write(messageFrame(bytes, session.isBinary), false)
    else session.write(fragments(bytes, session.isBinary, random), false)
  }

  #sayBadly(session: FuzzSession, message: Record<string, unknown>, random: Random): void {
    const { isBinary } = session
    const kind = random.next()
    if (kind < 0.4) {
      const faulty = this.#sayings.faulty(message, random)
      session.write(messageFrame(written(faulty, isBinary), isBinary), false)
    } else if (kind < 0.7) {
      session.write(messageFrame(badlyWritten(message, isBinary, random), isBinary), false)
    } else if (kind < 0.75) {
      session.write(messageFrame(written(message, isBinary), !isBinary), false)
    } else session.write(hostileFrame(written(message, isBinary), random), true)
  }
}
