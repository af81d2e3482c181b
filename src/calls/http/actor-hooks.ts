/**
 * What an application in this process is told of: actors that leave, and fences. An actor leaves
 * when no run of it goes on, also none whose call was cut.
 */
import type { LeaveReason } from '../machine/effect.js'
import { KeyMap } from '../machine/key-map.js'
import type { ActorKey } from '../machine/ownership.js'

export interface ActorHookFunctions {
  /** An actor leaves: called once no call of it runs. It has left when the promise settles. */
  readonly onLeave?: (actor: ActorKey, why: LeaveReason) => void | Promise<void>
  /** The host was fenced. */
  readonly onFenced?: (isFinal: boolean) => void | Promise<void>
  /** The application, or a hook, failed. */
  readonly onFailure?: (error: unknown) => void
}

/** Runs of an actor that it waits for before it leaves. */
interface Runs extends ActorKey {
  readonly settled: Set<Promise<void>>
}

export class ActorHooks {
  readonly #hooks: ActorHookFunctions
  readonly #runs = new KeyMap<Runs>()

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

  /** An actor whose hook fails is never told of: nobody knows whether it has let go. */
  leave(actors: readonly ActorKey[], why: LeaveReason, told: (actor: ActorKey) => void): void {
    for (const actor of actors) {
      this.#leave(actor, why).then(
        () => told(actor),
        (error) => this.failed(error),
      )
    }
  }

  async fenced(isFinal: boolean): Promise<void> {
    await this.#hooks.onFenced?.(isFinal)
  }

  /** There is nobody to tell of a hook for failures that fails. */
  failed(error: unknown): void {
    const tell = async () => this.#hooks.onFailure?.(error)
    tell().catch(() => undefined)
  }

  async #leave(actor: ActorKey, why: LeaveReason): Promise<void> {
    await Promise.all(this.#runs.get(actor.type, actor.id)?.settled ?? [])
    await this.#hooks.onLeave?.(actor, why)
  }
}
