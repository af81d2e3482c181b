import { expect, test } from 'vitest'
import { checkSole } from '../../../src/raft/store/pooler-check.js'

/** A connection whose every question is answered by the next of these; null: not in time. */
function connection(...answers: readonly (number | null)[]) {
  let asked = 0
  return {
    backendPid: 4_711,
    askPid: async () => {
      const answer = answers[Math.min(asked, answers.length - 1)] ?? null
      asked += 1
      if (answer === null) throw new Error('timeout')
      return answer
    },
    close: async () => undefined,
  }
}

test('a pooler that has no second connection free is waited for once, and not again and again', async () => {
  let opened = 0
  const another = async () => {
    opened += 1
    return connection(null)
  }
  expect(await checkSole(connection(7), another, 'here')).toBe(7)
  expect(opened).toBe(1)
})

test('two connections with one backend are a pooler of transactions', async () => {
  const another = async () => connection(7)
  await expect(checkSole(connection(7), another, 'here')).rejects.toMatchObject({
    code: 'database_unsupported',
  })
})
