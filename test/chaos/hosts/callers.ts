/** Callers that ask where actors are, all the time, and what they were told. */
import { setTimeout as delay } from 'node:timers/promises'
import { BerthError, connect, type Sidecar } from '../../../src/sidecar/index.js'
import type { Owner } from '../../support/owner.js'
import { actorIds, actorType } from './actors.mjs'

export interface Told {
  readonly caller: number
  readonly id: string
  readonly host: string
  readonly generation: number
}

const callersCount = 3
const pauseMs = 20
/** A call waits for as long as faults and a busy machine hold up what it waits for. */
const waitMs = 90_000

export class Callers {
  readonly #sidecars: readonly Sidecar[]
  readonly #told = new Map<string, Told>()
  /** Calls that were answered by an error, by code. */
  readonly failures = new Map<string, number>()
  readonly #running: Promise<unknown>
  #calls = 0
  #slowestMs = 0
  #stopped = false

  private constructor(sidecars: readonly Sidecar[], onFinding: (what: string) => void) {
    this.#sidecars = sidecars
    this.#running = Promise.all(sidecars.map((sidecar, i) => this.#call(sidecar, i + 1, onFinding)))
  }

  static async start(
    owner: Owner,
    webSockets: readonly string[],
    onFinding: (what: string) => void,
  ): Promise<Callers> {
    const sidecars = await Promise.all(
      Array.from({ length: callersCount }, async (_, at) => {
        const replicas = webSockets.map((_, i) => webSockets[(i + at) % webSockets.length]!)
        const sidecar = await connect({ replicas, timeoutMs: waitMs })
        owner.onTestFinished(() => sidecar.close())
        return sidecar
      }),
    )
    return new Callers(sidecars, onFinding)
  }

  get calls(): number {
    return this.#calls
  }

  /** Longest that a call waited, in ms. */
  get slowestMs(): number {
    return this.#slowestMs
  }

  /** What was said, each thing once. */
  get told(): readonly Told[] {
    return [...this.#told.values()]
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async close(): Promise<void> {
    for (const sidecar of this.#sidecars) await sidecar.close()
  }

  async #call(sidecar: Sidecar, caller: number, onFinding: (what: string) => void): Promise<void> {
    let newest = 0
    for (let turn = 0; !this.#stopped; turn += 1) {
      await delay(pauseMs)
      const id = actorIds[turn % actorIds.length]!
      const startMs = performance.now()
      try {
        const { host, generation } = await sidecar.where(actorType, id, { timeoutMs: waitMs })
        this.#told.set(`${id} ${host} ${generation}`, { caller, id, host, generation })
        if (generation < newest) {
          onFinding(`caller ${caller} was told generation ${generation} after ${newest}`)
        }
        newest = Math.max(newest, generation)
      } catch (error) {
        const code = error instanceof BerthError ? error.code : String(error)
        this.failures.set(code, (this.failures.get(code) ?? 0) + 1)
      }
      this.#calls += 1
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startMs)
    }
  }
}
