import { expect, test } from 'vitest'
import { observe, runLoad, sumUp } from '../../bench/harness/load.js'

test('so many clients ask at a time, each its own turn after turn, until all is asked', async () => {
  let inFlight = 0
  let most = 0
  const turns = [0, 0, 0]
  const ask = async (client: number, turn: number) => {
    expect(turn).toBe(turns[client])
    turns[client]! += 1
    inFlight += 1
    most = Math.max(most, inFlight)
    await Promise.resolve()
    inFlight -= 1
  }
  const { latenciesMs } = await observe({ inFlight: 3, limit: { asks: 10 }, ask })
  expect(latenciesMs).toHaveLength(10)
  expect(turns.reduce((sum, one) => sum + one, 0)).toBe(10)
  expect(most).toBe(3)
})

test('a load of a time ends when that is over, and its first failure is thrown', async () => {
  const ask = () => new Promise<void>((resolve) => setImmediate(resolve))
  expect((await runLoad({ inFlight: 2, limit: { ms: 1 }, ask })).answers).toBeGreaterThan(0)
  const failing = runLoad({ inFlight: 2, limit: { ms: 1 }, ask: () => Promise.reject('no') })
  await expect(failing).rejects.toBe('no')
})

test('waves are summed up as one: a rate of all by the time of all', () => {
  const first = { latenciesMs: [1, 3], tookMs: 500, clientMicros: 20 }
  const second = { latenciesMs: [2], tookMs: 1_000, clientMicros: 10 }
  expect(sumUp([first, second])).toEqual({
    ...{ answers: 3, perSecond: 2, p50Ms: 2, p99Ms: 3, clientMicros: 10 },
  })
})
