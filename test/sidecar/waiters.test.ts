import { expect, test, vi } from 'vitest'
import { Waiters } from '../../src/sidecar/waiters.js'

/** An answer that comes when it is set. */
function slow() {
  const waiters = new Waiters()
  const state: { answer: string | undefined } = { answer: undefined }
  const ask = () => state.answer
  const give = (answer: string) => {
    state.answer = answer
    waiters.wake()
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
  waiters.wake()
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
  waiters.wake()
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
  waiters.wake()
  await Promise.all(waiting)
  delete state.answer
  const last = waiters.until(ask, {}, () => '')
  state.answer = 'again'
  waiters.wake()
  expect(await last).toBe('again')
})
