/** A counter for tests: increments that answer with the new value, and reads. */
import type { Model, Operation } from './history.js'

export type CounterAction =
  /** `result` is null when there was no answer. */
  | { readonly kind: 'increment'; readonly result: number | null }
  | { readonly kind: 'read'; readonly result: number }

export const counter: Model<number, CounterAction> = {
  initial: 0,
  step: (state, action) => {
    switch (action.kind) {
      case 'increment':
        return action.result === null || action.result === state + 1 ? state + 1 : null
      case 'read':
        return action.result === state ? state : null
    }
  },
  key: String,
  isRead: ({ kind }) => kind === 'read',
}

export function increment(
  invokedAt: number,
  respondedAt: number | null,
  result: number | null,
): Operation<CounterAction> {
  return { action: { kind: 'increment', result }, invokedAt, respondedAt }
}

export function read(
  invokedAt: number,
  respondedAt: number,
  result: number,
): Operation<CounterAction> {
  return { action: { kind: 'read', result }, invokedAt, respondedAt }
}
