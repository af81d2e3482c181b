/** How a node ends, and how those who wait for it hear of it: nobody is left hanging (bug L17). */
import { BerthError } from '../../errors/berth-error.js'
import { InvariantError } from '../core/invariant.js'
import type { StopReason } from './node-ports.js'
import type { NodeState } from './node-state.js'

/** Ends the node because it must not go on; the host hears why. */
export function stop<R>(node: NodeState<R>, reason: StopReason): void {
  if (node.isStopped) return
  node.isStopped = true
  node.ports.log('error', { code: reason.code }, `The replica stops: ${reason.detail}`)
  failAll(node, reason.detail)
  node.ports.stop(reason)
}

/** Ends the node because the host wants it. */
export function close<R>(node: NodeState<R>): void {
  if (node.isStopped) return
  node.isStopped = true
  failAll(node, 'This replica stops.')
}

/** Something threw that must not: a broken invariant, the state machine, a callback. */
export function stopOnError<R>(node: NodeState<R>, error: unknown): void {
  if (error instanceof BerthError) {
    stop(node, { code: error.code, detail: error.message })
    return
  }
  const what = error instanceof InvariantError ? 'A broken invariant' : 'An unexpected error'
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  stop(node, { code: 'internal', detail: `${what}: ${text}` })
}

/**
 * This replica must never take part again: it says nothing more, writes that down, and stops.
 * @param detail for people; the code is what is written
 */
export function latch<R>(
  node: NodeState<R>,
  code: 'identity_lost' | 'removed',
  detail: string,
): void {
  if (node.latching !== null) return
  node.latching = { code, detail }
  node.ports.log('error', { code }, detail)
  failAll(node, detail)
  node.queue.writeIdentity({ latched: code }, node.clock.nowMs, () => {
    stop(node, { code, detail })
  })
}

/** What only a leader can do will not be done here any more. */
export function failLeaderCalls<R>({ membership }: NodeState<R>): void {
  membership.failAll(new BerthError('not_leader', 'This replica leads no more.'))
}

function failAll<R>(node: NodeState<R>, detail: string): void {
  const error = new BerthError('unavailable', detail)
  node.confirmations.lost()
  node.reads.failAll(error)
  node.membership.failAll(error)
  node.proposals.failAll(detail)
  node.snapshots.failAll(detail)
  node.transfer?.fail(error)
  node.transfer = null
}
