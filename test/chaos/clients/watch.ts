/**
 * Looks again and again at what must never go back: the generations that each replica shows of its
 * own state, as long as it is the same run of it, and those of each sidecar.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Sidecar } from '../../../src/sidecar/index.js'
import type { ReplicaParts } from '../cluster/process-cluster.js'
import type { RestClient } from './rest-client.js'

export interface WatchOptions {
  readonly replicas: readonly ReplicaParts[]
  readonly sidecars: readonly Sidecar[]
  readonly rest: RestClient
  onFinding(what: string): void
}

const everyMs = 250
const answerMs = 1_000

interface NamespaceList {
  readonly items: readonly { name: string; generation: number; committed: number }[]
}

export class GenerationWatch {
  readonly #options: WatchOptions
  /** The highest that was seen, by what it was seen of. */
  readonly #highest = new Map<string, number>()
  readonly #running: Promise<unknown>
  #looks = 0
  #stopped = false

  constructor(options: WatchOptions) {
    this.#options = options
    this.#running = Promise.all(options.replicas.map((replica) => this.#follow(replica)))
  }

  get looks(): number {
    return this.#looks
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #follow({ api, process }: ReplicaParts): Promise<void> {
    while (!this.#stopped) {
      await delay(everyMs)
      this.#lookAtSidecars()
      const { run } = process
      const url = `${api}/v1/namespaces?consistency=stale`
      const answer = await this.#options.rest.call({ method: 'GET', url, timeoutMs: answerMs })
      // An answer that came from another run than the one that was asked tells nothing.
      if (answer.kind !== 'ok' || process.run !== run) continue
      for (const { name, generation, committed } of (answer.body as NamespaceList).items) {
        const whose = `${process.name}, run ${run}, ${name}`
        this.#see(`disseminated of ${whose}`, generation)
        this.#see(`committed of ${whose}`, committed)
      }
    }
  }

  #lookAtSidecars(): void {
    for (const [i, sidecar] of this.#options.sidecars.entries()) {
      const { generation } = sidecar.state()
      if (generation !== null) this.#see(`generation of sidecar ${i + 1}`, generation)
    }
  }

  #see(what: string, generation: number): void {
    this.#looks += 1
    const highest = this.#highest.get(what) ?? 0
    if (generation < highest) {
      this.#options.onFinding(`${what} fell from ${highest} to ${generation}`)
    }
    this.#highest.set(what, Math.max(highest, generation))
  }
}
