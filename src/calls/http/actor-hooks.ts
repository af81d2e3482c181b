/**
 * What an application in this process is told of: actors that leave, and fences. An actor leaves
 * when no run of it goes on, also none whose call was cut.
 */
import type { LeaveReason } from '../machine/effect.js'
import { KeyMap } from '../machine/key-map.js'
import type { ActorKey } from '../machine/ownership.js'
import { Repeats } from './repeats.js'

export interface ActorHookFunctions {
  /** An actor leaves: called once no call of it runs. It has left when the promise resolves. */
  readonly onLeave?: (actor: ActorKey, why: LeaveReason) => void | Promise<void>
  /** The host was fenced. */
  readonly onFenced?: (isFinal: boolean) => void | Promise<void>
  /** The application, or a hook, failed. Hooks are asked again, later each time. */
  readonly onFailure?: (error: unknown, of: HookedWork) => void
  /** Nothing of it is called any more. */
  readonly onEnd?: () => void
}

export type HookedWork = 'call' | 'leave' | 'fence'

/** Runs of an actor that it waits for before it leaves. */
interface Runs extends ActorKey {
  readonly settled: Set<Promise<void>>
}

export class ActorHooks {
  readonly #hooks: ActorHookFunctions
  readonly #runs = new KeyMap<Runs>()
  readonly #repeats = new Repeats()

  constructor(hooks: ActorHookFunctions) {
    this.#hooks = hooks
  }

  /** @param settled resolves when a run of the actor does not go on any more */
  track({ type, id }: ActorKey, settled: Promise<void>): void {
    const known = this.#runs.get(type, id)
    const runs = known ?? { type, id, settled: new Set() }
    if (known === undefined) this.#runs.add(runs)
    runs.settled.add(settled)
    void settled.then(() => {
      runs.settled.delete(settled)
      if (runs.settled.size === 0) this.#runs.delete(runs)
    })
  }

  leave(actors: readonly ActorKey[], why: LeaveReason, told: (actor: ActorKey) => void): void {
    for (const actor of actors) {
      this.#ask(
        'leave',
        () => this.#leave(actor, why),
        () => told(actor),
      )
    }
  }

  async fenced(isFinal: boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#ask('fence', async () => this.#hooks.onFenced?.(isFinal), resolve)
    })
  }

  /** There is nobody to tell of a hook for failures that fails. */
  failed(error: unknown, of: HookedWork): void {
    const tell = async () => this.#hooks.onFailure?.(error, of)
    tell().catch(() => undefined)
  }

  /** No hook is called again. */
  close(): void {
    this.#repeats.close()
    this.#hooks.onEnd?.()
  }

  /** While a hook fails nobody knows whether the application has let go. */
  #ask(what: HookedWork, ask: () => Promise<void>, done: () => void): void {
    const attempt = async () => {
      try {
        await ask()
        return true
      } catch (error) {
        this.failed(error, what)
        return false
      }
    }
    this.#repeats.ask(attempt, done)
  }

  async #leave(actor: ActorKey, why: LeaveReason): Promise<void> {
    await Promise.all(this.#runs.get(actor.type, actor.id)?.settled ?? [])
    await this.#hooks.onLeave?.(actor, why)
  }
}
