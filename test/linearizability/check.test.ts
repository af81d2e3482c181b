import { expect, test } from 'vitest'
import { forSeeds, type Random } from '../table/seeds.js'
import { isLinearizable } from './brute-force.js'
import { checkByKey, checkLinearizable } from './check.js'
import { type CounterAction, counter, increment, read } from './counter.js'
import type { Model, Operation } from './history.js'

const judge = (...operations: Operation<CounterAction>[]) =>
  checkLinearizable(counter, operations).kind

test('an empty history and one that ran one by one are linearizable', () => {
  expect(judge()).toBe('linearizable')
  expect(judge(increment(0, 1, 1), read(2, 3, 1), increment(4, 5, 2))).toBe('linearizable')
})

test('what overlapped may have happened in either order', () => {
  expect(judge(increment(0, 10, 2), increment(1, 9, 1))).toBe('linearizable')
  expect(judge(increment(0, 10, 1), read(1, 2, 1), read(3, 4, 1))).toBe('linearizable')
  expect(judge(increment(0, 10, 1), read(1, 2, 0), read(3, 4, 1))).toBe('linearizable')
})

test('operations whose times are equal overlap', () => {
  expect(judge(increment(0, 1, 1), read(1, 2, 0))).toBe('linearizable')
})

test('a stale read is found', () => {
  expect(judge(increment(0, 1, 1), read(2, 3, 0))).toBe('not-linearizable')
})

test('a read that goes back is found, also while the write is under way', () => {
  expect(judge(increment(0, 10, 1), read(1, 2, 1), read(3, 4, 0))).toBe('not-linearizable')
})

test('a lost write is found', () => {
  const history = [increment(0, 1, 1), increment(2, 3, 2), increment(4, 5, 2), read(6, 7, 2)]
  expect(judge(...history)).toBe('not-linearizable')
})

test('a write that was done twice is found', () => {
  expect(judge(increment(0, 1, 1), read(2, 3, 2))).toBe('not-linearizable')
  expect(judge(increment(0, 1, 1), increment(2, 3, 3))).toBe('not-linearizable')
})

test('two increments with one result are found, however they overlap', () => {
  expect(judge(increment(0, 10, 1), increment(0, 10, 1))).toBe('not-linearizable')
})

test('what had no answer may have happened at once, later, or never', () => {
  const lost = increment(0, null, null)
  expect(judge(lost, read(1, 2, 1))).toBe('linearizable')
  expect(judge(lost, read(1, 2, 0), read(3, 4, 1))).toBe('linearizable')
  expect(judge(lost, read(1, 2, 0), increment(3, 4, 1), read(5, 6, 1))).toBe('linearizable')
})

test('what had no answer happens once at most, and not before it was asked for', () => {
  const lost = increment(0, null, null)
  expect(judge(lost, read(1, 2, 2))).toBe('not-linearizable')
  expect(judge(lost, read(1, 2, 1), read(3, 4, 0))).toBe('not-linearizable')
  expect(judge(read(0, 1, 1), increment(2, null, null))).toBe('not-linearizable')
})

test('of a history that is not linearizable it says how far it came, and what does not fit', () => {
  const history = [increment(0, 1, 1), increment(2, 3, 2), read(4, 5, 1), increment(6, 7, 3)]
  const verdict = checkLinearizable(counter, history)
  expect(verdict).toEqual({
    kind: 'not-linearizable',
    order: history.slice(0, 2),
    state: 2,
    next: [history[2]],
  })
})

test('keys are judged apart from one another', () => {
  const keyOf = ({ result }: CounterAction) => (result === null ? 'lost' : 'kept')
  const history = [increment(0, 1, 1), increment(0, null, null), read(2, 3, 2)]
  const verdicts = checkByKey(() => counter, history, keyOf)
  expect(verdicts.map(({ key, kind }) => [key, kind])).toEqual([
    ['kept', 'not-linearizable'],
    ['lost', 'linearizable'],
  ])
})

// ---- against the definition --------------------------------------------------------------------

/** A history as a counter would give it, some results of which are then made up. */
function randomHistory(random: Random, count: number): Operation<CounterAction>[] {
  const lies = random.chance(0.5)
  const planned = Array.from({ length: count }, () => {
    const invokedAt = random.below(2 * count)
    const respondedAt = invokedAt + 1 + random.below(2 * count)
    const at = invokedAt + random.below(respondedAt - invokedAt + 1)
    return { invokedAt, respondedAt, at, isRead: random.chance(0.4), isLost: random.chance(0.2) }
  }).sort((a, b) => a.at - b.at)
  let value = 0
  return planned.map(({ invokedAt, respondedAt, isRead, isLost }) => {
    if (!isRead && !(isLost && random.chance(0.5))) value += 1
    const result = lies && random.chance(0.3) ? random.below(count) : value
    if (isRead) return read(invokedAt, respondedAt, result)
    return isLost ? increment(invokedAt, null, null) : increment(invokedAt, respondedAt, result)
  })
}

/** The order fits the answers, holds all of them, and keeps what did not overlap as it was. */
function expectOrder<S, A>(
  model: Model<S, A>,
  history: readonly Operation<A>[],
  order: readonly Operation<A>[],
): void {
  let state: S | null = model.initial
  for (const { action } of order) state = state === null ? null : model.step(state, action)
  expect(state).not.toBeNull()
  const answered = history.filter(({ respondedAt }) => respondedAt !== null)
  expect(answered.filter((one) => !order.includes(one))).toEqual([])
  expect(new Set(order).size).toBe(order.length)
  for (const [at, one] of order.entries()) {
    const tooLate = order
      .slice(at + 1)
      .filter(({ respondedAt }) => respondedAt !== null && respondedAt < one.invokedAt)
    expect(tooLate).toEqual([])
  }
}

test('it agrees with the definition on random small histories', () => {
  const found = { yes: 0, no: 0 }
  forSeeds(3_000, (random) => {
    const history = randomHistory(random, 1 + random.below(7))
    const verdict = checkLinearizable(counter, history)
    const truth = isLinearizable(counter, history)
    expect(verdict.kind).toBe(truth ? 'linearizable' : 'not-linearizable')
    if (verdict.kind === 'linearizable') expectOrder(counter, history, verdict.order)
    found[truth ? 'yes' : 'no'] += 1
  })
  expect(Math.min(found.yes, found.no)).toBeGreaterThan(300)
})

type RegisterAction =
  | { readonly kind: 'write'; readonly value: number }
  | { readonly kind: 'read'; readonly value: number }

/** A register in which values come again: states are met more than once. */
const register: Model<number, RegisterAction> = {
  initial: 0,
  step: (state, { kind, value }) => {
    if (kind === 'write') return value
    return value === state ? state : null
  },
  key: String,
  isRead: ({ kind }) => kind === 'read',
}

test('it agrees with the definition on a register that takes few values', () => {
  const found = { yes: 0, no: 0 }
  forSeeds(3_000, (random) => {
    const history = Array.from({ length: 1 + random.below(6) }, () => {
      const invokedAt = random.below(8)
      const kind = random.chance(0.5) ? 'write' : 'read'
      const isLost = kind === 'write' && random.chance(0.2)
      const respondedAt = isLost ? null : invokedAt + 1 + random.below(6)
      return { action: { kind, value: random.below(3) }, invokedAt, respondedAt } as const
    })
    const verdict = checkLinearizable<number, RegisterAction>(register, history)
    const truth = isLinearizable<number, RegisterAction>(register, history)
    expect(verdict.kind).toBe(truth ? 'linearizable' : 'not-linearizable')
    found[truth ? 'yes' : 'no'] += 1
  })
  expect(Math.min(found.yes, found.no)).toBeGreaterThan(300)
})

// ---- size --------------------------------------------------------------------------------------

/** Ten clients at a counter, each at work without a pause; some of their calls take far longer. */
function longHistory(random: Random, count: number, lost: number): Operation<CounterAction>[] {
  const freeAt = Array.from({ length: 10 }, () => random.below(10))
  const planned = Array.from({ length: count }, () => {
    const client = freeAt.indexOf(Math.min(...freeAt))
    const invokedAt = freeAt[client]!
    const respondedAt = invokedAt + 1 + random.below(random.chance(0.01) ? 2_000 : 20)
    freeAt[client] = respondedAt + 1
    const at = invokedAt + random.below(respondedAt - invokedAt + 1)
    return { invokedAt, respondedAt, at, isRead: random.chance(0.5), isLost: random.chance(lost) }
  }).sort((a, b) => a.at - b.at)
  let value = 0
  return planned.map(({ invokedAt, respondedAt, isRead, isLost }) => {
    if (isRead) return read(invokedAt, respondedAt, value)
    if (isLost && random.chance(0.5)) return increment(invokedAt, null, null)
    value += 1
    return increment(invokedAt, isLost ? null : respondedAt, isLost ? null : value)
  })
}

const manyOperations = 10_000
/** A second or two, on a machine that is many times slower as well; all orders take for ever. */
const manyMsMax = 30_000

test('10,000 operations of ten clients are judged in a second or two', () => {
  forSeeds(1, (random) => {
    const history = longHistory(random, manyOperations, 0.01)
    const startMs = performance.now()
    expect(checkLinearizable(counter, history).kind).toBe('linearizable')
    expect(performance.now() - startMs).toBeLessThan(manyMsMax)
  })
})

test('one stale read after 10,000 operations is found in a second or two', () => {
  forSeeds(1, (random) => {
    const history = longHistory(random, manyOperations, 0)
    const endAt = Math.max(...history.map(({ respondedAt }) => respondedAt!))
    const [last] = history.slice(-1)
    const stale = read(endAt + 1, endAt + 2, last!.action.result! - 1)
    const startMs = performance.now()
    expect(checkLinearizable(counter, [...history, stale]).kind).toBe('not-linearizable')
    expect(performance.now() - startMs).toBeLessThan(manyMsMax)
  })
})

/** Writes that all overlap and a read of what nobody wrote: every order has to be looked at. */
const hopeless = [
  ...Array.from({ length: 20 }, (_, value) => ({
    ...{ action: { kind: 'write', value } as const, invokedAt: 0, respondedAt: 10 },
  })),
  { action: { kind: 'read', value: -1 } as const, invokedAt: 11, respondedAt: 12 },
]

test('it says that it did not decide when the steps or the time are over', () => {
  const bySteps = checkLinearizable<number, RegisterAction>(register, hopeless, {
    stepsMax: 10_000,
  })
  expect(bySteps).toMatchObject({ kind: 'undecided', why: '10000 steps were not enough' })
  const byTime = checkLinearizable<number, RegisterAction>(register, hopeless, { timeMsMax: 1 })
  expect(byTime).toMatchObject({ kind: 'undecided', why: 'it took too long' })
})
