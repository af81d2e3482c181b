/**
 * Decides about a hello: whether the host is a member already, may become one now, or has to wait
 * and why. A pure function of the replicated state and the leader's account of leases.
 *
 * A name belongs to one admission at a time. A new instance gets it once the old one has stopped,
 * has left, or is past its fence (design §5 "Hello").
 */
import { type Full, Room } from '../fsm/room.js'
import { typesLevel, typesProtocol } from '../versions/versions.js'
import type { Waiting } from '../wire/messages.js'
import type { Held } from './damping.js'
import type { ProvenHello } from './relay-message.js'

/** What is known of the member that has the name now. */
export interface Holder {
  readonly instance: string
  readonly secretHash: string
  readonly epoch: number
  readonly appId: string
  /** In code point order; none where it has withdrawn them. */
  readonly types: readonly string[]
  /** Whether it said that it stopped everything. */
  readonly stopped: boolean
  /** From when on it counts as past its fence, in monotonic ms. */
  readonly pastFenceAtMs: number
}

export interface AdmissionContext {
  readonly holder: Holder | null
  /** For how many ms the name is refused from now on, 0 for not. */
  readonly refusedForMs: number
  /** Whether the name is damped. */
  readonly held: Held | null
  /** The admission of this cluster's history that the hello resumes; 0 for none. */
  readonly resumedEpoch: number
  /** The same, if that one is handing over what it has; 0 for none. */
  readonly leavingEpoch: number
  /** Feature level of the cluster. */
  readonly level: number
  /** Feature level of tables: a host has to know it. */
  readonly tableLevel: number
  /** Why the cluster has no room for the host now; null when it has. Asked only of who may join. */
  readonly lackOfRoom: () => Full | null
  readonly nowMs: number
}

export type Decision =
  /** Nothing to write. Epoch 0 for observers. */
  | { readonly kind: 'admit'; readonly epoch: number }
  | { readonly kind: 'upsert' }
  /** The own former admission has to go first. */
  | { readonly kind: 'remove'; readonly epoch: number }
  | {
      readonly kind: 'wait'
      readonly code: Waiting['code']
      readonly detail: string
      readonly retryAfterMs: number
    }

/** About how long a host waits for room, in ms. */
const overloadedRetryMs = 1_000
/** The replica that it is attached to hears of the level and sends it away, in ms. */
const outdatedRetryMs = 1_000

export function decide(hello: ProvenHello, context: AdmissionContext): Decision {
  const { holder } = context
  const own = holder !== null && isOwn(holder, hello) ? holder : null
  if (isObserver(hello)) {
    if (own === null) return { kind: 'admit', epoch: context.leavingEpoch }
    return { kind: staysWithout(own, hello, context) ? 'admit' : 'remove', epoch: own.epoch }
  }
  if (own !== null) {
    if (own.stopped) return { kind: 'remove', epoch: own.epoch }
    const stays = isSame(own, hello) || (own.appId === hello.appId && saysTypes(hello, context))
    return stays ? { kind: 'admit', epoch: own.epoch } : join(hello, context)
  }
  if (holder !== null && context.nowMs < holder.pastFenceAtMs) {
    return wait('name_taken', holder.pastFenceAtMs - context.nowMs, nameTaken(hello.name ?? ''))
  }
  if (context.refusedForMs > 0) {
    const { refusedForMs: leftMs } = context
    return wait('evicted', leftMs, 'This name was evicted by an operator and is refused for now.')
  }
  const { held } = context
  if (held !== null) return wait('damped', held.untilMs - context.nowMs, damped(held))
  return join(hello, context)
}

/** The state machine would refuse it: it waits, instead of being written again and again. */
function join({ levels }: ProvenHello, { tableLevel, lackOfRoom }: AdmissionContext): Decision {
  if (levels.newest < tableLevel) {
    const detail = `This cluster is at feature level ${tableLevel}: upgrade this host's sidecar.`
    return wait('outdated', outdatedRetryMs, detail)
  }
  const full = lackOfRoom()
  if (full === null) return { kind: 'upsert' }
  return wait('overloaded', overloadedRetryMs, Room.describe(full))
}

/** A session that only looks up: without a name, or without types. */
export function isObserver(hello: ProvenHello): boolean {
  return hello.name === undefined || hello.types === undefined || hello.types.length === 0
}

/**
 * Whether the member stays by a hello without types: one that has withdrawn its types, and one that
 * resumes its admission. That one may not know yet that the log has newer types, and says its own
 * behind the welcome; if it leaves, it says so there.
 */
function staysWithout(own: Holder, hello: ProvenHello, context: AdmissionContext): boolean {
  if (own.stopped) return false
  if (own.types.length === 0) return true
  const resumes = own.appId === hello.appId && own.epoch === context.resumedEpoch
  return resumes && saysTypes(hello, context)
}

/** Whether the hello is of the instance that was admitted. The instance alone anybody can name. */
function isOwn({ instance, secretHash }: Holder, hello: ProvenHello): boolean {
  return instance === hello.instance && secretHash === hello.secretHash
}

function isSame(holder: Holder, hello: ProvenHello): boolean {
  const types = new Set(hello.types ?? [])
  return (
    holder.appId === hello.appId &&
    types.size === holder.types.length &&
    holder.types.every((type) => types.has(type))
  )
}

/**
 * Whether other types come by a word of their own, under the epoch that the host has. Those of its
 * hello may be older than what the log has.
 */
function saysTypes({ protocol }: ProvenHello, { level }: AdmissionContext): boolean {
  return level >= typesLevel && protocol.newest >= typesProtocol
}

function wait(code: Waiting['code'], leftMs: number, detail: string): Decision {
  return { kind: 'wait', code, detail, retryAfterMs: Math.max(0, Math.ceil(leftMs)) }
}

function damped({ straggled }: Held): string {
  if (straggled === 0) return 'This name joined too often within a minute.'
  return (
    `This name was removed ${straggled} times because it did not let go within the deadline of a ` +
    'round: its onRelease takes too long. It waits longer each time.'
  )
}

function nameTaken(name: string): string {
  return (
    `Another instance holds ${name}. It gets the name once that one leaves, says bye or has ` +
    'been silent for its lease. If both are meant to run, give one of them another address.'
  )
}
