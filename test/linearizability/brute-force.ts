/** The definition itself: every order of a small history, with every choice of what never was. */
import type { Model, Operation } from './history.js'

export function isLinearizable<S, A>(
  model: Model<S, A>,
  operations: readonly Operation<A>[],
): boolean {
  return canGoOn(model, model.initial, operations)
}

function canGoOn<S, A>(model: Model<S, A>, state: S, left: readonly Operation<A>[]): boolean {
  if (left.every(({ respondedAt }) => respondedAt === null)) return true
  return left.some((next, at) => {
    const others = left.toSpliced(at, 1)
    const isLate = others.some(
      ({ respondedAt }) => respondedAt !== null && respondedAt < next.invokedAt,
    )
    if (isLate) return false
    const after = model.step(state, next.action)
    return after !== null && canGoOn(model, after, others)
  })
}
