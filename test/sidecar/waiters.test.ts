import { expect, test, vi } from 'vitest'
import { Budget } from '../../src/jobs/job.js'
import { Waiters } from '../../src/sidecar/waiters.js'

const all = () => new Budget(Number.POSITIVE_INFINITY)

function wake(waiters: Waiters): void {
  waiters.wake()
  waiters.step(all())
}

/** An answer that comes when it is set. */
function slow() {
  const waiters = new Waiters()
  const state: { answer: string | undefined } = { answer: undefined }
  const ask = () => state.answer
  const give = (answer: string) => {
    state.answer = answer
    wake(waiters)
  }
  return { waiters, ask, give }
}

test('an answer that is there is given without waiting', async () => {
  const { waiters, ask, give } = slow()
  give('here')
  expect(await waiters.until(ask, {}, () => '')).toBe('here')
  expect(waiters.count).toBe(0)
})

test('all who wait are answered by one change', async () => {
  const { waiters, ask, give } = slow()
  const waiting = Array.from({ length: 100 }, () => waiters.until(ask, {}, () => ''))
  wake(waiters)
  expect(waiters.count).toBe(100)
  give('now')
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['now']))
  expect(waiters.count).toBe(0)
})

test('whoever waits longer than it said is told what it waited for', async () => {
  const { waiters, ask } = slow()
  const waiting = waiters.until(ask, { timeoutMs: 5 }, () => 'the moon is new.')
  await expect(waiting).rejects.toMatchObject({
    code: 'timeout',
    message: expect.stringContaining('Waited 5 ms: the moon is new.'),
  })
  expect(waiters.count).toBe(0)
})

test('an answer that came without a change is still given at the end of the wait', async () => {
  const waiters = new Waiters()
  const answers = [undefined, 'late']
  expect(
    await waiters.until(
      () => answers.shift(),
      { timeoutMs: 5 },
      () => '',
    ),
  ).toBe('late')
})

test('a signal ends the wait with its reason, also one that was aborted before', async () => {
  const { waiters, ask, give } = slow()
  const controller = new AbortController()
  const waiting = waiters.until(ask, { signal: controller.signal }, () => '')
  controller.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  expect(waiters.count).toBe(0)
  give('here')
  const again = waiters.until(ask, { signal: controller.signal }, () => '')
  await expect(again).rejects.toThrow('enough')
})

test('a question that throws rejects whoever waits for it, and nobody else', async () => {
  const { waiters, ask, give } = slow()
  const state = { fails: false }
  const failing = waiters.until<string>(
    () => {
      if (state.fails) throw new Error('no owner')
      return undefined
    },
    {},
    () => '',
  )
  const other = waiters.until(ask, {}, () => '')
  state.fails = true
  wake(waiters)
  await expect(failing).rejects.toThrow('no owner')
  give('here')
  expect(await other).toBe('here')
})

test('a limit that no timer can hold is no limit', async () => {
  vi.useFakeTimers()
  try {
    const { waiters, ask, give } = slow()
    const limits = [Number.POSITIVE_INFINITY, 2 ** 31]
    const waiting = limits.map((timeoutMs) => waiters.until(ask, { timeoutMs }, () => ''))
    vi.advanceTimersByTime(2 ** 31 - 1)
    expect(waiters.count).toBe(2)
    give('after all')
    expect(await Promise.all(waiting)).toEqual(['after all', 'after all'])
  } finally {
    vi.useRealTimers()
  }
})

test('more callers than the limit are refused as overloaded, until some are answered', async () => {
  const waiters = new Waiters(2)
  const state: { answer?: string } = {}
  const ask = () => state.answer
  const waiting = [1, 2].map(() => waiters.until(ask, {}, () => ''))
  await expect(waiters.until(ask, {}, () => '')).rejects.toMatchObject({ code: 'overloaded' })
  state.answer = 'here'
  wake(waiters)
  await Promise.all(waiting)
  delete state.answer
  const last = waiters.until(ask, {}, () => '')
  state.answer = 'again'
  wake(waiters)
  expect(await last).toBe('again')
})

/** So many who wait, and how often each was asked since the first time. */
function crowd(count: number) {
  const waiters = new Waiters()
  const asked = Array<number>(count).fill(-1)
  const settled = new Set<number>()
  const waiting = asked.map((_, i) =>
    waiters.until(
      () => {
        asked[i]! += 1
        return settled.has(i) ? i : undefined
      },
      {},
      () => '',
    ),
  )
  return { waiters, asked, settled, waiting }
}

test('of many who wait a slice asks some, and the next ones the others', () => {
  const { waiters, asked } = crowd(1_000)
  waiters.wake()
  let slices = 1
  while (!waiters.step(new Budget(100))) slices += 1
  expect(slices).toBeGreaterThan(20)
  expect(new Set(asked)).toEqual(new Set([1]))
  expect(waiters.step(new Budget(0))).toBe(true)
  expect(new Set(asked)).toEqual(new Set([1]))
})

test('of a change that comes between two slices everybody is asked, once more at most', async () => {
  const { waiters, asked, settled, waiting } = crowd(100)
  waiters.wake()
  expect(waiters.step(new Budget(100))).toBe(false)
  const before = asked.filter((times) => times > 0).length
  expect(before).toBeLessThan(100)
  // Of one who was asked already, and of one who was not.
  for (const i of [0, 99]) settled.add(i)
  for (let i = 0; i < 10; i += 1) waiters.wake()
  while (!waiters.step(new Budget(100)));
  expect(await Promise.all([waiting[0], waiting[99]])).toEqual([0, 99])
  expect(Math.max(...asked)).toBe(2)
  expect(Math.min(...asked)).toBe(1)
  expect(waiters.count).toBe(98)
})
