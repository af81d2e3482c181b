/**
 * The one list of effects, on which all parts of the machine push. What is on it is bounded by what
 * one input can cause, or one slice of work.
 */
import type { Call, CutReason } from './call.js'
import { type CallEffect, type LeaveReason, tellActorsMax } from './effect.js'
import type { ActorKey } from './ownership.js'

const none: readonly CallEffect[] = []

export class EffectList {
  #list: CallEffect[] = []
  /** Actors of the last effect, if it tells of any: more of them can join. */
  #told: { readonly why: LeaveReason; readonly actors: ActorKey[] } | null = null

  push(effect: CallEffect): void {
    this.#list.push(effect)
    this.#told = null
  }

  /** A call that was sent is cut, once; `ended` follows. */
  cut(call: Call, reason: CutReason): void {
    if (call.cut !== null || call.phase === 'waiting') return
    call.cut = reason
    this.push({ kind: 'cut', call: call.number })
  }

  tell(why: LeaveReason, { type, id }: ActorKey): void {
    const told = this.#told
    if (told !== null && told.why === why && told.actors.length < tellActorsMax) {
      told.actors.push({ type, id })
      return
    }
    const actors = [{ type, id }]
    this.push({ kind: 'tell-application', why, actors })
    this.#told = { why, actors }
  }

  /** Everything is handed out once. */
  take(): readonly CallEffect[] {
    if (this.#list.length === 0) return none
    const list = this.#list
    this.#list = []
    this.#told = null
    return list
  }
}
