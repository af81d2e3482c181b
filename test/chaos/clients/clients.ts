/**
 * Clients that cordon, uncordon and read through random replicas, and the history of what they saw.
 *
 * A write carries an idempotency key and is tried again at another replica until it is answered or
 * has taken too long; some writes have neither key nor second try. What was never answered has an
 * unknown outcome. A read that fails is nothing at all.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Operation } from '../../linearizability/history.js'
import type { Random } from '../../simulation/kernel/random.js'
import type { Journal } from '../journal.js'
import type { PlacementAction, ReadMode } from './placement-model.js'
import type { Answer, RestClient } from './rest-client.js'

export interface ClientsOptions {
  readonly count: number
  /** Mean pause of a client between two calls, in ms. */
  readonly pauseMs: number
  /** Origins of the replicas. */
  readonly origins: readonly string[]
  /** Names that are cordoned, by namespace. */
  readonly names: ReadonlyMap<string, readonly string[]>
  readonly random: Random
  readonly journal: Journal
  readonly rest: RestClient
  /** An answer that no fault explains. */
  onFinding(what: string): void
}

/** A write that was acknowledged, and where it stands in the log. */
export interface Acknowledged {
  readonly action: PlacementAction & { readonly kind: 'cordon' }
  readonly index: number
  readonly changed: boolean
  readonly generation: number
}

const tryMs = 2_500
const writeMs = 20_000
const retryPauseMs = 100
/** What a replica may answer while faults befall it; anything else is a finding. */
const expectedCodes = ['no_leader', 'not_leader', 'timeout', 'unavailable', 'overloaded']

export class Clients {
  readonly operations: Operation<PlacementAction>[] = []
  readonly acknowledged: Acknowledged[] = []
  readonly #options: ClientsOptions
  readonly #running: Promise<void>[]
  #stopped = false
  #failedReads = 0

  constructor(options: ClientsOptions) {
    this.#options = options
    this.#running = Array.from({ length: options.count }, (_, i) => this.#run(i + 1))
  }

  get failedReads(): number {
    return this.#failedReads
  }

  /** No further calls; done when those under way are. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running)
  }

  async #run(client: number): Promise<void> {
    const { random, pauseMs, names } = this.#options
    const namespaces = [...names.keys()]
    while (!this.#stopped) {
      await delay(random.exponential(pauseMs))
      const namespace = random.pick(namespaces)
      if (random.chance(0.5)) await this.#write(client, namespace)
      else await this.#read(client, namespace, random.pick(['default', 'consistent']))
    }
  }

  async #write(client: number, namespace: string): Promise<void> {
    const { random, names, journal } = this.#options
    const name = random.pick(names.get(namespace)!)
    const cordoned = random.chance(0.5)
    const key = random.chance(0.9) ? randomUUID() : null
    const asked = { kind: 'cordon', namespace, name, cordoned } as const
    const verb = cordoned ? 'cordon' : 'uncordon'
    const path = `/v1/namespaces/${namespace}/members/${encodeURIComponent(name)}/${verb}`
    const headers = key === null ? {} : { 'idempotency-key': key }
    const invokedAt = journal.nowMs()
    let tries = 0
    let isOpen = false
    do {
      tries += 1
      const answer = await this.#call('POST', path, headers)
      if (answer.kind === 'ok') {
        const { index, changed, generation } = answer.body as Omit<Acknowledged, 'action'>
        const action = { ...asked, answer: { changed, generation } }
        this.acknowledged.push({ action, index, changed, generation })
        this.#record(client, { action, invokedAt, respondedAt: journal.nowMs() }, { tries, index })
        return
      }
      isOpen ||= !this.#surelyNotDone(answer)
      if (key !== null) await delay(retryPauseMs)
    } while (key !== null && journal.nowMs() - invokedAt < writeMs)
    // Refused each time before anything was done: it never was.
    if (!isOpen) return
    const action = { ...asked, answer: null }
    this.#record(client, { action, invokedAt, respondedAt: null }, { tries })
  }

  async #read(client: number, namespace: string, mode: ReadMode): Promise<void> {
    const { journal } = this.#options
    const path = `/v1/namespaces/${namespace}/members?consistency=${mode}`
    const invokedAt = journal.nowMs()
    const answer = await this.#call('GET', path, {})
    if (answer.kind !== 'ok') {
      this.#failedReads += 1
      return
    }
    const { committed, items } = answer.body as {
      readonly committed: number
      readonly items: readonly { readonly name: string; readonly cordoned: boolean }[]
    }
    const cordoned = items
      .filter((member) => member.cordoned)
      .map(({ name }) => name)
      .sort()
    const action = { kind: 'read', namespace, mode, generation: committed, cordoned } as const
    this.#record(client, { action, invokedAt, respondedAt: journal.nowMs() }, {})
  }

  async #call(
    method: 'GET' | 'POST',
    path: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const { random, origins, rest, onFinding } = this.#options
    const url = random.pick(origins) + path
    const answer = await rest.call({ method, url, headers, timeoutMs: tryMs })
    if (answer.kind === 'problem' && !expectedCodes.includes(answer.code)) {
      onFinding(`${method} ${url}: ${answer.status} ${answer.code} ${answer.detail}`)
    }
    return answer
  }

  /** Whether the answer says that nothing was written and nothing will be. */
  #surelyNotDone(answer: Answer): boolean {
    return (
      answer.kind === 'problem' && ['no_leader', 'not_leader', 'overloaded'].includes(answer.code)
    )
  }

  #record(client: number, operation: Operation<PlacementAction>, more: object): void {
    this.operations.push(operation)
    this.#options.journal.write('operations', { client, ...operation, ...more })
  }
}
