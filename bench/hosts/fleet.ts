/** Many light hosts in this process, and when they saw the rounds of their namespace. */
import { setTimeout as delay } from 'node:timers/promises'
import type { NatsAddress } from '../../src/wire/messages.js'
import { quantile } from '../harness/statistics.js'
import { LightHost, type LightHostEvents } from './light-host.js'
import { ReadOrders } from './read-orders.js'

export interface RoundSeen {
  /** From the first lock that a host saw to the last unlock, in ms. */
  readonly ms: number
  /** From the first hello to the last unlock, in ms. */
  readonly fromHelloMs: number
  /** Rounds that the hosts saw meanwhile. */
  readonly rounds: number
  /** That came to a host meanwhile, in the middle. */
  readonly bytes: number
}

const heartbeatMs = 1_000
const slotMs = 10
const slots = heartbeatMs / slotMs
/** So many say hello at once while the fleet is put up; those of a storm all do. */
const atOnce = 50
const deadlineMs = 120_000
/** Of a connection. */
const triesMax = 5
/** Of a question that looks at every host. */
const pollMs = 20

export class Fleet {
  readonly #urls: readonly string[]
  readonly #orders = new ReadOrders()
  readonly #hosts: LightHost[] = []
  readonly #timer: NodeJS.Timeout
  readonly #namespace: string
  readonly #events: LightHostEvents
  #nats: NatsAddress | null = null
  readonly #locks = new Map<number, number>()
  #slot = 0
  #named = 0
  #connected = 0
  #lastUnlockMs = 0
  /** What an undisturbed fleet never hears, and how often. */
  readonly odd = new Map<string, number>()

  constructor(urls: readonly string[], namespace: string) {
    this.#urls = urls
    this.#namespace = namespace
    this.#events = {
      disseminated: () => {
        this.#lastUnlockMs = performance.now()
      },
      locked: (generation) => {
        if (!this.#locks.has(generation)) this.#locks.set(generation, performance.now())
      },
      odd: (what) => this.odd.set(what, (this.odd.get(what) ?? 0) + 1),
    }
    this.#timer = setInterval(() => this.#beat(), slotMs)
  }

  get size(): number {
    return this.#hosts.length
  }

  /** Puts so many more into the cluster; done when all have the table that has all. */
  async grow(count: number): Promise<void> {
    for (let left = count; left > 0; left -= atOnce) {
      await this.#join(await this.#openAll(Math.min(left, atOnce)))
    }
    await this.#settled()
  }

  /** So many join at once. */
  async round(joins: number): Promise<RoundSeen> {
    const hosts = await this.#openAll(joins)
    return await this.#watch(() => this.#join(hosts))
  }

  /** One after the other, so many hosts end and come anew under their names. */
  async replace(count: number): Promise<RoundSeen> {
    const old = this.#hosts.splice(0, count)
    return await this.#watch(async () => {
      for (const host of old) {
        host.bye()
        const next = await this.#open(host.who!.name)
        await this.#connect(next)
        await this.#join([next])
        await this.#settled()
      }
    })
  }

  /** Of the welcome of an observer, which has the whole table. */
  async tableBytes(): Promise<number> {
    const observer = await LightHost.open(null, null, this.#orders, this.#events)
    await this.#connect(observer)
    await observer.hello(this.#namespace)
    observer.bye()
    return observer.bytes
  }

  /** What comes to the hosts while they do something, until all have the table of it. */
  async #watch(act: () => Promise<void>): Promise<RoundSeen> {
    this.#locks.clear()
    const before = new Map(this.#hosts.map((host) => [host, host.bytes]))
    const startMs = performance.now()
    await act()
    await this.#settled()
    const firstLockMs = Math.min(...this.#locks.values())
    const bytes = this.#hosts.map((host) => host.bytes - (before.get(host) ?? 0))
    return {
      ms: this.#lastUnlockMs - firstLockMs,
      fromHelloMs: this.#lastUnlockMs - startMs,
      rounds: this.#locks.size,
      bytes: quantile(bytes, 0.5),
    }
  }

  close(): void {
    clearInterval(this.#timer)
    for (const host of this.#hosts) host.bye()
  }

  /** A host that has no session. */
  async #open(name?: string): Promise<LightHost> {
    const number = this.#named
    this.#named += 1
    const own = `10.9.${number >> 8}.${number & 255}:5000`
    const nats = await this.#natsAddress()
    const who = { name: name ?? own, types: ['Order'] }
    return await LightHost.open(who, nats, this.#orders, this.#events)
  }

  /** To one of the replicas, in turn. */
  async #connect(host: LightHost): Promise<void> {
    this.#connected += 1
    const url = this.#urls[this.#connected % this.#urls.length]!
    for (let tries = 1; ; tries += 1) {
      try {
        await host.connect(url)
        return
      } catch (error) {
        // A replica gives up a handshake that takes long, on a machine that is busy.
        if (tries >= triesMax) throw error
      }
    }
  }

  async #openAll(count: number): Promise<LightHost[]> {
    const hosts: LightHost[] = []
    for (let left = count; left > 0; left -= atOnce) {
      const some = Array.from({ length: Math.min(left, atOnce) }, () => this.#open())
      hosts.push(...(await Promise.all(some)))
    }
    // Sessions last: a replica waits only so long for a hello.
    for (let at = 0; at < hosts.length; at += atOnce) {
      await Promise.all(hosts.slice(at, at + atOnce).map((host) => this.#connect(host)))
    }
    return hosts
  }

  /** They all say hello at once. */
  async #join(hosts: readonly LightHost[]): Promise<void> {
    await Promise.all(hosts.map((host) => host.hello(this.#namespace)))
    this.#hosts.push(...hosts)
  }

  async #natsAddress(): Promise<NatsAddress> {
    if (this.#nats === null) {
      const observer = await LightHost.open(null, null, this.#orders, this.#events)
      await this.#connect(observer)
      this.#nats = (await observer.hello(this.#namespace)).nats
      observer.bye()
    }
    return this.#nats
  }

  /** Until all hosts know of the table in which all are. */
  async #settled(): Promise<void> {
    const giveUpMs = performance.now() + deadlineMs
    for (;;) {
      if (performance.now() > giveUpMs)
        throw new Error(`no table with all hosts: ${this.describe()}`)
      const wanted = this.#newest()
      if (wanted !== null && this.#hosts.every(({ disseminated }) => disseminated >= wanted)) return
      await delay(pollMs)
    }
  }

  describe(): string {
    const missing = this.#hosts.filter(({ key }) => !this.#orders.generationOf.has(key)).length
    const low = Math.min(...this.#hosts.map(({ disseminated }) => disseminated))
    return JSON.stringify({ hosts: this.size, missing, low, odd: [...this.odd] })
  }

  /** The generation in which all are; null while one is in none. */
  #newest(): number | null {
    let newest = 0
    for (const { key } of this.#hosts) {
      const generation = this.#orders.generationOf.get(key)
      if (generation === undefined) return null
      newest = Math.max(newest, generation)
    }
    return newest
  }

  #beat(): void {
    this.#slot = (this.#slot + 1) % slots
    for (let at = this.#slot; at < this.#hosts.length; at += slots) this.#hosts[at]!.heartbeat()
  }
}
