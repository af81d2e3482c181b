import { expect, test } from 'vitest'
import { WaitExpired, waitFor } from '../../src/cli/servers/wait.js'

test('a wait gives what it waited for, and its deadline names what did not come', async () => {
  let asked = 0
  const poll = () => {
    asked += 1
    return asked === 3 ? 'there' : null
  }
  expect(await waitFor({ what: 'it', deadlineMs: 5_000, poll })).toBe('there')
  const never = waitFor({ what: 'it', deadlineMs: 50, why: () => 'it is away', poll: () => null })
  await expect(never).rejects.toThrow(WaitExpired)
  await expect(never).rejects.toThrow('it did not come within 0.1 s (it is away)')
})

test('a wait of over a second says whom it waits for', async () => {
  const said: string[] = []
  const wait = waitFor({
    ...{ what: 'replica 2', deadlineMs: 20_000, why: () => '503 no leader' },
    onSlow: (what, waitedMs) => said.push(`${what} ${waitedMs >= 1_000}`),
    poll: () => (said.length > 0 ? true : null),
  })
  expect(await wait).toBe(true)
  expect(said).toEqual(['replica 2 (503 no leader) true'])
})

test('a wait that is given up ends with the reason', async () => {
  const stop = new AbortController()
  const wait = waitFor({
    ...{ what: 'it', deadlineMs: 20_000, signal: stop.signal },
    poll: () => {
      stop.abort(new Error('no need any more'))
      return null
    },
  })
  await expect(wait).rejects.toThrow('no need any more')
})
