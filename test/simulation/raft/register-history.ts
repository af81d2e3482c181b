/**
 * What the clients of a run saw, judged by the checker of test/linearizability, register by
 * register. The clients themselves compare answers with what one knows who sees all replicas
 * (clients.ts); this knows nothing but the answers, as a client does.
 *
 * `consistent` reads must fit in with the writes whatever happened; `default` reads where clocks
 * kept their bound. `stale` ones promise nothing.
 */

import type { ReadMode } from '../../../src/raft/node/reads/reads.js'
import { checkByKey } from '../../linearizability/check.js'
import type { Model, Operation } from '../../linearizability/history.js'
import { fail } from '../kernel/invariant-failure.js'

/** An operation as its client saw it. */
export interface ClientOperation {
  readonly client: number
  readonly kind: 'write' | ReadMode
  readonly register: number
  /** What was written, or read; 0 for a register that was never written. */
  value: number
  readonly calledUs: number
  /** null: no answer, or none that says whether it happened. */
  answeredUs: number | null
  /** The answer was that it will never happen. */
  isRefused: boolean
}

export interface RegisterAction {
  readonly kind: 'write' | 'read'
  readonly register: number
  readonly value: number
}

/** The number of the last write. */
export const registerModel: Model<number, RegisterAction> = {
  initial: 0,
  step: (state, { kind, value }) => {
    if (kind === 'write') return value
    return value === state ? state : null
  },
  key: String,
  isRead: ({ kind }) => kind === 'read',
}

/** Steps for a register: a bound of time that depends on nothing but the history. */
const stepsMax = 200_000

/**
 * Judges reads of these modes, each mode by itself, together with all writes.
 * @throws InvariantFailure when no order explains what was seen
 * @returns how many registers could not be decided
 */
export function checkHistory(
  operations: readonly ClientOperation[],
  modes: readonly ReadMode[],
): number {
  let undecided = 0
  for (const mode of modes) {
    const seen = historyOf(operations, mode)
    const keyOf = ({ register }: RegisterAction) => String(register)
    for (const verdict of checkByKey(() => registerModel, seen, keyOf, { stepsMax })) {
      if (verdict.kind === 'undecided') undecided += 1
      if (verdict.kind !== 'not-linearizable') continue
      const { key, order, state, next } = verdict
      const placed = `${order.length} operations and the value ${state}`
      const stuck = JSON.stringify(next.map(({ action }) => action))
      fail('history', `${mode} reads of register ${key}: after ${placed} none fits of ${stuck}`)
    }
  }
  return undecided
}

/**
 * Reads that were answered, and writes that may have happened. A write without an answer that
 * nobody read is as if it had never been: no read could tell.
 */
function historyOf(
  operations: readonly ClientOperation[],
  mode: ReadMode,
): readonly Operation<RegisterAction>[] {
  const reads = operations.filter(({ kind, answeredUs }) => kind === mode && answeredUs !== null)
  const read = new Set(reads.map(({ value }) => value))
  const writes = operations.filter(({ kind, answeredUs, value, isRefused }) => {
    return kind === 'write' && !isRefused && (answeredUs !== null || read.has(value))
  })
  return [...writes, ...reads].map(({ kind, register, value, calledUs, answeredUs }) => ({
    action: { kind: kind === 'write' ? 'write' : 'read', register, value },
    invokedAt: calledUs,
    respondedAt: answeredUs,
  }))
}
