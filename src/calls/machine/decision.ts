/**
 * What is to be done with one call at one instant, by where its actor is then. The one place in
 * which it is decided that a call is let in.
 *
 * - The application gets a call only if this host owns the actor at this instant; or, while it lets
 *   go of the actor, if the call is part of one that runs on it.
 * - What another sidecar sent is never sent on: it is refused, and that one goes on.
 */
import type { Actor } from './actors.js'
import type { Call } from './call.js'
import type { Line } from './line.js'
import type { Held, Location } from './ownership.js'
import {
  type CallProblem,
  type CallProblemCode,
  declinedProblem,
  unsentProblem,
} from './problem.js'

export interface Situation {
  readonly now: number
  /** Asked in the same turn. */
  readonly location: Location
  /** Of the table here. */
  readonly generation: number | null
  /** Undefined while the actor was not called here. */
  readonly actor: Actor | undefined
  /** Whether the type takes one call at a time. */
  readonly hasTurns: boolean
  /** Whether a final fence took the actor, and is not over. */
  readonly isFenced: boolean
  /** Whether one more actor may be open. */
  readonly hasRoom: boolean
  /** How long a call of another sidecar may wait for its table, in ms. */
  readonly generationWaitMs: number
}

export interface Wait {
  readonly kind: 'wait'
  /** Whether it waits for a table that the sidecar of the caller has. */
  readonly isForTable: boolean
  /** What it is told if this lasts until its deadline. */
  readonly code: CallProblemCode
  /** For people: "… of the actor". */
  readonly why: string
}

export type Decision =
  /** `isAside`: whoever waits in the line does not matter to it. */
  | { readonly kind: 'deliver'; readonly held: Held; readonly isAside: boolean }
  | {
      readonly kind: 'forward'
      readonly host: string
      readonly generation: number | null
      readonly isAside: boolean
    }
  | Wait
  | { readonly kind: 'answer'; readonly problem: CallProblem }

function wait(code: CallProblemCode, why: string, isForTable = false): Wait {
  return { kind: 'wait', isForTable, code, why }
}

const forLeaving = wait('call_moving', 'the application lets go of it first')
const forTurn = wait('call_moving', 'other calls of it run')
const forMove = wait('call_moving', 'it moves')
const forTable = wait('call_moving', 'another host has a newer table', true)
const forFirstTable = wait('unavailable', 'there is no table here that can be relied on')

export function decide(call: Call, line: Line | undefined, at: Situation): Decision {
  const { location, actor } = at
  if (actor?.runs(call.arrival.chain)) {
    const held = 'held' in location ? location.held : null
    if (held !== null) return { kind: 'deliver', held, isAside: true }
  }
  if (location.kind === 'here') return decideHere(call, line, location.held, at)
  return call.isGuest ? decideGuest(call, at) : decideElsewhere(call, line, at)
}

function decideHere(call: Call, line: Line | undefined, held: Held, at: Situation): Decision {
  const { actor, location, generation, now } = at
  if (actor === undefined) {
    if (!at.hasRoom) return refuse('too_many_calls', call, 'as many actors are open as may be')
  } else {
    if (actor.phase !== 'open') return forLeaving
    if (at.hasTurns && actor.running.size > 0) return forTurn
  }
  if (line?.isHeldBack(location, generation, now)) return forAttempt(line)
  return { kind: 'deliver', held, isAside: false }
}

/** Another sidecar took this host for the owner, which it is not now. */
function decideGuest(call: Call, { now, generation, generationWaitMs }: Situation): Decision {
  const theirs = call.arrival.generation
  const isBehind = theirs !== null && (generation === null || generation < theirs)
  if (isBehind && now < call.arrivedMs + generationWaitMs) return forTable
  return { kind: 'answer', problem: declinedProblem(call, generation) }
}

function decideElsewhere(call: Call, line: Line | undefined, at: Situation): Decision {
  const { location, generation, now } = at
  switch (location.kind) {
    case 'there': {
      if (line?.isHeldBack(location, generation, now)) return forAttempt(line)
      const { host, generation: named } = location
      return { kind: 'forward', host, generation: named, isAside: false }
    }
    case 'moving': {
      if (at.isFenced) return refuse('call_fenced', call, 'this host was fenced')
      const { holder } = location
      // It may be part of a call that runs there and that the move waits for.
      const asks = call.arrival.chain.length > 0 && call.askedHolderAt !== (generation ?? -1)
      if (holder === null || !asks) return forMove
      return { kind: 'forward', host: holder, generation: null, isAside: true }
    }
    case 'no_owner':
      return refuse('no_owner', call, 'no host has actors of this type')
    default:
      return forFirstTable
  }
}

/** Why a call has waited that could go now. */
export function whyWaited(line: Line | undefined): Pick<Wait, 'code' | 'why'> {
  if (line === undefined || line.refusal === null) return forItsTurn
  return forAttempt(line)
}

const forItsTurn = wait('call_moving', 'its turn did not come')

function forAttempt({ refusal }: Line): Wait {
  if (refusal?.needs != null) return forTable
  return wait('call_unreachable', refusal?.reason ?? 'the last attempt failed')
}

/** Answers a call without its application. */
export function refuse(code: CallProblemCode, call: Call, why: string): Decision {
  return { kind: 'answer', problem: unsentProblem(code, call, why) }
}
