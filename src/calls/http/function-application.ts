/** An application in this process: a function that is called for each call of an actor. */
import type { LeaveReason } from '../machine/effect.js'
import type { ActorKey } from '../machine/ownership.js'
import type { ActorFunction } from './actor-function.js'
import { type ActorHookFunctions, ActorHooks } from './actor-hooks.js'
import { AnswerRelay, type AttemptEvents } from './answer-relay.js'
import type { Application, Delivery } from './application.js'
import type { Attempt, Exchange } from './exchange.js'
import { FunctionRun } from './function-run.js'

export class FunctionApplication implements Application {
  readonly #run: ActorFunction
  readonly #hooks: ActorHooks

  constructor(run: ActorFunction, hooks: ActorHookFunctions = {}) {
    this.#run = run
    this.#hooks = new ActorHooks(hooks)
  }

  deliver(exchange: Exchange, delivery: Delivery, events: AttemptEvents): Attempt {
    const relay = new AnswerRelay(exchange, 'application', events)
    const run = new FunctionRun(exchange, delivery, relay, {
      failed: (error) => this.#hooks.failed(error, 'call'),
      strays: (settled) => this.#hooks.track(exchange.request, settled),
    })
    run.start(this.#run)
    return run
  }

  leave(actors: readonly ActorKey[], why: LeaveReason, told: (actor: ActorKey) => void): void {
    this.#hooks.leave(actors, why, told)
  }

  fenced(isFinal: boolean): Promise<void> {
    return this.#hooks.fenced(isFinal)
  }

  /** Functions of calls that were cut end by themselves. */
  async close(): Promise<void> {
    this.#hooks.close()
  }
}
