/** Calls of actors through real hosts: whichever is asked, while hosts are killed and come back. */
import { beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { fileOwner } from '../support/owner.js'
import { RealCluster, request } from '../support/real-cluster.js'

const owner = fileOwner()
let cluster: RealCluster

/** What a sample host's actor answers. */
interface Counted {
  readonly host: string
  readonly actor: string
  readonly token: number
  readonly number: number
}

const add = (host: string, type: string, id: string) =>
  request<Counted>('GET', `http://${host}/call/${type}/${id}/add`)

/** The first actor of a type that runs at a host. */
async function runsAt(host: string, type: string, unlike = ''): Promise<string> {
  for (let i = 0; i < 200; i += 1) {
    const id = `actor-${i}`
    if (id !== unlike && (await cluster.where(host, type, id)).host === host) return id
  }
  throw new Error(`${host} runs none of 200 actors`)
}

beforeAll(async () => {
  cluster = await RealCluster.start(owner)
})

test('a call through each of five hosts reaches the one that owns the actor', async () => {
  const { host } = await cluster.where(cluster.hosts[0]!, 'Cart', '42')
  const answers: Counted[] = []
  for (const asked of cluster.hosts) answers.push(await add(asked, 'Cart', '42'))
  const [{ token }] = answers as [Counted]
  expect(answers).toEqual(
    [1, 2, 3, 4, 5].map((number) => ({ host, actor: 'Cart/42', token, number })),
  )
  const shown = await request('GET', `http://${cluster.hosts[4]}/call/Cart/42`)
  expect(shown).toEqual({ host, actor: 'Cart/42', token, number: 5 })
})

test('the call that the start has printed reaches the host that it names', async () => {
  const line = /(127\.0\.0\.1:\d+)\/call\/(\w+)\/(\w+)\/add/
  const [, asked, type, id] = line.exec(cluster.up.text()) ?? []
  expect(cluster.hosts).toContain(asked)
  expect((await add(asked!, type!, id!)).host).toBe(cluster.hosts[4])
})

test('many calls at once through all hosts are each counted once', async () => {
  const calls = Array.from({ length: 200 }, (_, i) => cluster.hosts[i % 5]!)
  const answers = await Promise.all(calls.map((asked) => add(asked, 'Order', 'many')))
  const numbers = answers.map(({ number }) => number).sort((a, b) => a - b)
  expect(numbers).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
  expect(new Set(answers.map(({ host }) => host)).size).toBe(1)
})

test('calls go on when a host is killed, and through its return: those of what moves wait', async () => {
  const others = cluster.hosts.slice(0, 4)
  const [first, last] = [cluster.hosts[0]!, cluster.hosts[4]!]
  const moves = await runsAt(last, 'Order')
  const stays = await runsAt(first, 'Order', moves)
  const before = await add(first, 'Order', moves)
  expect(before.host).toBe(last)
  const line = await cluster.kill('host 5')
  // What other hosts run is called as before; the actor of the dead one waits for its new owner.
  const waiting = add(others[1]!, 'Order', moves)
  for (const asked of others) expect((await add(asked, 'Order', stays)).host).toBe(first)
  const moved = await waiting
  expect(others).toContain(moved.host)
  expect([moved.number, moved.token > before.token]).toEqual([1, true])

  const failures: unknown[] = []
  const seen: Counted[] = []
  cluster.startAgain('host 5', line)
  await eventually('the actor at its old host', async () => {
    const answers = await Promise.allSettled(others.map((asked) => add(asked, 'Order', moves)))
    for (const answer of answers) {
      if (answer.status === 'fulfilled') seen.push(answer.value)
      else failures.push(answer.reason)
    }
    return seen.at(-1)?.host === last
  })
  expect(failures).toEqual([])
  // Each host that ran it counted what it was called with, and nobody but these two did.
  const at = (host: string) => seen.filter((one) => one.host === host).map(({ number }) => number)
  const rising = (numbers: readonly number[], from: number) => numbers.map((_, i) => from + i)
  for (const [host, from] of [[moved.host, 2] as const, [last, 1] as const]) {
    expect(at(host).sort((a, b) => a - b)).toEqual(rising(at(host), from))
  }
  expect(at(moved.host).length + at(last).length).toBe(seen.length)
  await cluster.endPasted()
})
