/**
 * What a host checks of its machine, at each thing that this wants done:
 *
 * - owns: a call is given to the application only if the host owns the actor at that instant, or if
 *   it is part of one that runs there while the host lets go of the actor;
 * - goes at once: a call for an actor that rests is sent in the turn in which it comes;
 * - order: who came first is sent first;
 * - let go: what is released runs nowhere here, and nobody believes that it is owned;
 * - reasons: what is cut is late, given up by its caller, or has to leave, or it may be sent again
 *   and is at a host that is not the owner any more;
 * - in time, bounds, and nothing waits for nothing.
 */
import type { Deliver } from '../../../src/calls/machine/effect.js'
import type { ActorKey, MovingKeys } from '../../../src/calls/machine/ownership.js'
import type { CallSettings } from '../../../src/calls/machine/settings.js'
import { fail } from '../kernel/invariant-failure.js'
import type { Book } from './book.js'
import type { SimHost } from './host.js'
import type { OpenCall } from './open-call.js'
import { keyName } from './placement.js'

interface Leaving {
  readonly keys: MovingKeys
  /** From when on calls may be cut. */
  readonly cutAtMs: number
}

/** Later than its deadline by more than this nothing ends, in ms. */
const slackMs = 100
/** Two looks are mostly not further apart than this, unless the process stood still, in ms. */
const lookMsMax = 120

export class HostChecks {
  readonly #host: Pick<SimHost, 'name' | 'open' | 'sidecar' | 'process' | 'machine'>
  readonly #book: Book
  readonly #settings: CallSettings
  readonly #leaving = new Map<string, Leaving>()
  readonly #telling = new Set<string>()
  /** Until when somebody believes that the host owns an actor. */
  readonly #believed = new Map<string, number>()
  /** Since when calls of an actor wait although nothing holds them up. */
  readonly #freeSince = new Map<string, number>()
  readonly #overdue = new Set<OpenCall>()
  /** Since when a call that may be sent again is at a host that is not the owner any more. */
  readonly #astraySince = new Map<OpenCall, number>()
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor(
    host: Pick<SimHost, 'name' | 'open' | 'sidecar' | 'process' | 'machine'>,
    book: Book,
    settings: CallSettings,
  ) {
    this.#host = host
    this.#book = book
    this.#settings = settings
  }

  /** Whether actors are about to leave. */
  get isAnyLeaving(): boolean {
    return this.#leaving.size + this.#telling.size > 0
  }

  /** Whether a call that is about to come has to be sent in this turn. */
  mustGo(number: number): boolean {
    const { open, sidecar } = this.#host
    const { arrival } = open.get(number)!
    const { type, id } = arrival
    const others = this.#callsOf(keyName(arrival)).filter((call) => call.number !== number)
    if (others.some(({ phase }) => phase === 'waiting')) return false
    if (arrival.timeoutMs <= 0 || open.size > this.#settings.callsMax) return false
    const location = sidecar!.locate(type, id)
    if (location.kind === 'there') return arrival.origin === 'application'
    return location.kind === 'here' && !this.#isHeldUp(arrival)
  }

  arrived(number: number, mustGo: boolean): void {
    const call = this.#host.open.get(number)
    if (!mustGo || call?.phase !== 'waiting') return
    fail('goes at once', `call ${number} for ${keyName(call.arrival)} waits on ${this.#host.name}`)
  }

  sends(number: number, hop: 'local' | 'remote'): void {
    const call = this.#host.open.get(number)!
    const key = keyName(call.arrival)
    if (call.phase !== 'waiting')
      fail('sent once', `call ${number} is sent while it is ${call.phase}`)
    if (hop === 'remote' && call.arrival.origin === 'sidecar') {
      fail('one hop', `call ${number} for ${key} is sent on by ${this.#host.name}`)
    }
    for (const other of this.#callsOf(key)) {
      if (other.phase !== 'waiting' || other.number >= number || this.#isLate(other)) continue
      const isBeside = other.arrival.chain.length > 0 || call.arrival.chain.length > 0
      if (isBeside || (hop === 'remote' && other.arrival.origin === 'sidecar')) continue
      fail('order', `call ${number} for ${key} goes before ${other.number} on ${this.#host.name}`)
    }
    call.phase = hop
    this.#freeSince.delete(key)
  }

  delivers({ call: number, held, chain }: Deliver): void {
    const within = chain.slice(0, -1)
    const { open, sidecar, name } = this.#host
    const call = open.get(number)!
    const { arrival } = call
    const key = keyName(arrival)
    const location = sidecar!.locate(arrival.type, arrival.id)
    if (this.#telling.has(key)) fail('owns', `${key} begins on ${name} while it leaves`)
    // A call runs until the whole of its answer has come.
    const runs = this.#callsOf(key).filter(({ phase }) => phase === 'local')
    const isPart = runs.some(({ run }) => run !== null && within.includes(run))
    call.run = chain.at(-1)!
    const owned = location.kind === 'here' || (location.kind === 'moving' && isPart)
    const token = owned ? location.held?.token : undefined
    if (token !== held.token) fail('owns', `${name} lets in a call for ${key}, ${location.kind}`)
  }

  cuts(call: OpenCall): void {
    const now = this.#host.process.nowMs
    if (call.isGone || this.#isLate(call)) return
    if (this.#isAstray(call)) return
    const { type, id } = call.arrival
    for (const { keys, cutAtMs } of this.#leaving.values()) {
      if (keys.has(type, id) && now >= cutAtMs - 1) return
    }
    fail('reasons', `call ${call.number} for ${type}/${id} is cut on ${this.#host.name}`)
  }

  believes(type: string, id: string, untilMs: number): void {
    this.#believed.set(keyName({ type, id }), untilMs)
  }

  // ---- actors that leave ---------------------------------------------------------------------

  letGo(release: number, keys: MovingKeys, deadlineMs: number): void {
    const { process } = this.#host
    const drainMs = Math.min(this.#settings.drainMs, deadlineMs / 2)
    this.#leaving.set(`release ${release}`, { keys, cutAtMs: process.nowMs + drainMs })
  }

  fenced(fence: number, keys: MovingKeys): void {
    this.#leaving.set(`fence ${fence}`, { keys, cutAtMs: this.#host.process.nowMs })
  }

  tells(key: ActorKey): void {
    const { name } = this.#host
    const runs = this.#callsOf(keyName(key)).find(({ phase }) => phase === 'local')
    if (runs !== undefined) {
      fail('let go', `${keyName(key)} leaves ${name} while call ${runs.number} runs`)
    }
    this.#telling.add(keyName(key))
  }

  told(key: ActorKey): void {
    this.#telling.delete(keyName(key))
  }

  released(release: number): void {
    this.#leftAll(`release ${release}`)
  }

  stopped(fence: number): void {
    this.#leftAll(`fence ${fence}`)
  }

  #leftAll(name: string): void {
    const leaving = this.#leaving.get(name)
    if (leaving === undefined) fail('let go', `${name} is over twice on ${this.#host.name}`)
    this.#leaving.delete(name)
    const now = this.#host.process.nowMs
    const keys = this.#host.sidecar!.keys.filter(({ type, id }) => leaving.keys.has(type, id))
    for (const key of keys.map(keyName)) {
      const what = `${name} of ${this.#host.name} is over, and ${key}`
      if (this.#book.atWork(key, this.#host.name).length > 0) fail('let go', `${what} is at work`)
      if (this.#callsOf(key).some(({ phase }) => phase === 'local')) fail('let go', `${what} runs`)
      if ((this.#believed.get(key) ?? 0) > now) fail('let go', `${what} is believed in`)
    }
  }

  // ---- time ----------------------------------------------------------------------------------

  /** Every 50 ms. */
  look(): void {
    const now = this.#host.process.nowMs
    // What stood still may be late, and notices it in whatever order.
    const stoodStill = now - this.#lookedAtMs > lookMsMax
    this.#lookedAtMs = now
    if (stoodStill) {
      this.#freeSince.clear()
      this.#overdue.clear()
      this.#astraySince.clear()
    }
    this.#lookAtDeadlines(now)
    this.#lookAtWaiting(now)
    this.#lookAtAstray(now)
  }

  #lookAtDeadlines(now: number): void {
    for (const call of this.#host.open.values()) {
      const untilMs = call.arrivedMs + call.arrival.timeoutMs + slackMs
      if (call.answerBegan || now < untilMs) continue
      if (this.#overdue.has(call)) {
        const what = `call ${call.number} for ${keyName(call.arrival)} is ${call.phase}`
        fail('in time', `${what} on ${this.#host.name} ${now - untilMs} ms behind its deadline`)
      }
      this.#overdue.add(call)
    }
  }

  #lookAtWaiting(now: number): void {
    const { waitingMax, waitingPerKeyMax, backOffMaxMs, generationWaitMs } = this.#settings
    const { open, sidecar, name } = this.#host
    const waiting = [...open.values()].filter(({ phase }) => phase === 'waiting')
    if (waiting.length > waitingMax) fail('bounds', `${waiting.length} calls wait on ${name}`)
    const limitMs = backOffMaxMs + generationWaitMs + 200
    const byKey = new Map<string, OpenCall[]>()
    for (const call of waiting) {
      const key = keyName(call.arrival)
      byKey.set(key, [...(byKey.get(key) ?? []), call])
    }
    for (const key of [...this.#freeSince.keys()]) if (!byKey.has(key)) this.#freeSince.delete(key)
    for (const [key, calls] of byKey) {
      if (calls.length > waitingPerKeyMax) fail('bounds', `${calls.length} wait for ${key}`)
      const { arrival } = calls[0]!
      const { kind } = sidecar!.locate(arrival.type, arrival.id)
      const isElsewhere = kind === 'there' && arrival.origin === 'application'
      if (!isElsewhere && (kind !== 'here' || this.#isHeldUp(arrival))) {
        this.#freeSince.delete(key)
        continue
      }
      const since = this.#freeSince.get(key) ?? now
      this.#freeSince.set(key, since)
      if (now - since > limitMs) {
        fail('goes on', `call ${calls[0]!.number} for ${key} waits on ${name} for nothing`)
      }
    }
  }

  #lookAtAstray(now: number): void {
    for (const call of [...this.#astraySince.keys()]) {
      if (!this.#isAstray(call)) this.#astraySince.delete(call)
    }
    for (const call of this.#host.open.values()) {
      if (!this.#isAstray(call)) continue
      const since = this.#astraySince.get(call) ?? now
      this.#astraySince.set(call, since)
      if (now - since <= this.#settings.formerOwnerWaitMs + 200) continue
      const what = `call ${call.number} for ${keyName(call.arrival)}`
      fail('goes on', `${what} waits on ${this.#host.name} for ${call.sentTo}, no owner any more`)
    }
  }

  /** Whether it may be sent again, and would go to another host now. */
  #isAstray({ phase, arrival, sentTo, answerBegan }: OpenCall): boolean {
    if (phase !== 'remote' || answerBegan || !arrival.isRepeatable) return false
    const location = this.#host.sidecar!.locate(arrival.type, arrival.id)
    return location.kind === 'here' || (location.kind === 'there' && location.host !== sentTo)
  }

  /** Whether calls for an actor of this host have to wait: it leaves, or its turn is taken. */
  #isHeldUp({ type, id }: ActorKey): boolean {
    const key = keyName({ type, id })
    if (this.#telling.has(key)) return true
    for (const { keys } of this.#leaving.values()) if (keys.has(type, id)) return true
    if (!this.#settings.turns.includes(type)) return false
    return this.#callsOf(key).some(({ phase }) => phase === 'local')
  }

  #isLate({ arrivedMs, arrival }: OpenCall): boolean {
    return this.#host.process.nowMs >= arrivedMs + arrival.timeoutMs - 1
  }

  #callsOf(key: string): OpenCall[] {
    return [...this.#host.open.values()].filter(({ arrival }) => keyName(arrival) === key)
  }
}
