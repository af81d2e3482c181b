/** An application in this process: a function that is called for each call of an actor. */
import type { LeaveReason } from '../machine/effect.js'
import { KeyMap } from '../machine/key-map.js'
import type { ActorKey } from '../machine/ownership.js'
import type { ActorFunction } from './actor-function.js'
import { AnswerRelay, type AttemptEvents } from './answer-relay.js'
import type { Application, Delivery } from './application.js'
import type { Attempt, Exchange } from './exchange.js'
import { FunctionRun } from './function-run.js'

export interface FunctionApplicationHooks {
  /** An actor leaves: called once no call of it runs. It has left when the promise settles. */
  readonly onLeave?: (actor: ActorKey, why: LeaveReason) => void | Promise<void>
  /** The host was fenced. */
  readonly onFenced?: (isFinal: boolean) => void | Promise<void>
  /** A function, or a hook, failed. */
  readonly onFailure?: (error: unknown) => void
}

/** Runs of an actor that go on although their calls were cut. */
interface Strays extends ActorKey {
  readonly runs: Set<Promise<void>>
}

export class FunctionApplication implements Application {
  readonly #run: ActorFunction
  readonly #hooks: FunctionApplicationHooks
  readonly #strays = new KeyMap<Strays>()

  constructor(run: ActorFunction, hooks: FunctionApplicationHooks = {}) {
    this.#run = run
    this.#hooks = hooks
  }

  deliver(exchange: Exchange, delivery: Delivery, events: AttemptEvents): Attempt {
    const relay = new AnswerRelay(exchange, 'application', events)
    const run = new FunctionRun(exchange, delivery, relay, {
      failed: (error) => this.#failed(error),
      strays: (settled) => this.#addStray(exchange.request, settled),
    })
    run.start(this.#run)
    return run
  }

  /** An actor whose hook fails is never told of: nobody knows whether it has let go. */
  leave(actors: readonly ActorKey[], why: LeaveReason, told: (actor: ActorKey) => void): void {
    for (const actor of actors) {
      this.#leave(actor, why).then(
        () => told(actor),
        (error) => this.#failed(error),
      )
    }
  }

  async fenced(isFinal: boolean): Promise<void> {
    await this.#hooks.onFenced?.(isFinal)
  }

  /** There is nothing to end: functions of calls that were cut end by themselves. */
  async close(): Promise<void> {}

  /** There is nobody to tell of a hook for failures that fails. */
  #failed(error: unknown): void {
    const tell = async () => this.#hooks.onFailure?.(error)
    tell().catch(() => undefined)
  }

  async #leave(actor: ActorKey, why: LeaveReason): Promise<void> {
    await Promise.all(this.#strays.get(actor.type, actor.id)?.runs ?? [])
    await this.#hooks.onLeave?.(actor, why)
  }

  #addStray({ type, id }: ActorKey, settled: Promise<void>): void {
    const known = this.#strays.get(type, id)
    const strays = known ?? { type, id, runs: new Set() }
    if (known === undefined) this.#strays.add(strays)
    strays.runs.add(settled)
    void settled.then(() => {
      strays.runs.delete(settled)
      if (strays.runs.size === 0) this.#strays.delete(strays)
    })
  }
}
