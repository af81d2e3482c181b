/** An application in this process: a function that is called for each call of an actor. */
import type { LeaveReason } from '../machine/effect.js'
import { KeyMap } from '../machine/key-map.js'
import type { ActorKey } from '../machine/ownership.js'
import type { ActorFunction } from './actor-function.js'
import { AnswerRelay, type AttemptEvents } from './answer-relay.js'
import type { Application, Delivery } from './application.js'
import type { Attempt, Exchange } from './exchange.js'
import { FunctionRun } from './function-run.js'
import { Repeats } from './repeats.js'

export interface FunctionApplicationHooks {
  /** An actor leaves: called once no call of it runs. It has left when the promise resolves. */
  readonly onLeave?: (actor: ActorKey, why: LeaveReason) => void | Promise<void>
  /** The host was fenced. */
  readonly onFenced?: (isFinal: boolean) => void | Promise<void>
  /** A function, or a hook, failed. What leaves or is fenced is asked again, later each time. */
  readonly onFailure?: (error: unknown, of: 'call' | 'leave' | 'fence') => void
}

/** Runs of an actor that go on although their calls were cut. */
interface Strays extends ActorKey {
  readonly runs: Set<Promise<void>>
}

export class FunctionApplication implements Application {
  readonly #run: ActorFunction
  readonly #hooks: FunctionApplicationHooks
  readonly #strays = new KeyMap<Strays>()
  readonly #repeats = new Repeats()

  constructor(run: ActorFunction, hooks: FunctionApplicationHooks = {}) {
    this.#run = run
    this.#hooks = hooks
  }

  deliver(exchange: Exchange, delivery: Delivery, events: AttemptEvents): Attempt {
    const relay = new AnswerRelay(exchange, 'application', events)
    const run = new FunctionRun(exchange, delivery, relay, {
      failed: (error) => this.#failed(error, 'call'),
      strays: (settled) => this.#addStray(exchange.request, settled),
    })
    run.start(this.#run)
    return run
  }

  leave(actors: readonly ActorKey[], why: LeaveReason, told: (actor: ActorKey) => void): void {
    for (const actor of actors) {
      this.#askFor(
        'leave',
        () => this.#leave(actor, why),
        () => told(actor),
      )
    }
  }

  async fenced(isFinal: boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#askFor('fence', async () => this.#hooks.onFenced?.(isFinal), resolve)
    })
  }

  /** Functions of calls that were cut end by themselves. */
  async close(): Promise<void> {
    this.#repeats.close()
  }

  /** While a hook fails nobody knows whether the application has let go. */
  #askFor(what: 'leave' | 'fence', ask: () => Promise<void>, done: () => void): void {
    const attempt = async () => {
      try {
        await ask()
        return true
      } catch (error) {
        this.#failed(error, what)
        return false
      }
    }
    this.#repeats.ask(attempt, done)
  }

  /** There is nobody to tell of a hook for failures that fails. */
  #failed(error: unknown, of: 'call' | 'leave' | 'fence'): void {
    const tell = async () => this.#hooks.onFailure?.(error, of)
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
