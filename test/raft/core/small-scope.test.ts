/**
 * All runs of three replicas up to a depth. BERTH_RAFT_DEPTH=<steps> goes so many steps deeper,
 * with an election more: each step takes about three times as long as the one before.
 */
import { expect, test } from 'vitest'
import { type Entry, encodeChange, type MemberChange } from '../../../src/raft/core/index.js'
import { diskOf, entriesOf } from '../support/bench.js'
import type { Disk } from '../support/replica.js'
import { type Input, ReplicaTree } from '../support/replica-tree.js'
import { type Budget, type Explored, SmallScope } from '../support/small-scope.js'

const deeper = Number(process.env.BERTH_RAFT_DEPTH ?? 0)
const voters = [1, 2, 3]
const timeoutMs = deeper > 0 ? 3_600_000 : 60_000

interface Given {
  readonly depth: number
  readonly budget: Partial<Budget>
  readonly preVote?: boolean
  readonly isDiskAtOnce?: boolean
  readonly changes?: readonly Extract<Input, { kind: 'change' }>[]
  readonly entriesPerMessageMax?: number
  /** What replicas 1 to 3 begin with. */
  readonly disks?: readonly Disk[]
}

function explore(given: Given): Explored {
  const { depth, budget, preVote = false, isDiskAtOnce = true, changes = [], disks = [] } = given
  const options = { preVote, checkQuorum: false, entriesPerMessageMax: 8 }
  const { entriesPerMessageMax } = { ...options, ...given }
  const begins = new Map(disks.map((disk, i) => [i + 1, disk]))
  const settings = { ...options, entriesPerMessageMax }
  const tree = new ReplicaTree(settings, voters, isDiskAtOnce, begins)
  const none = { campaign: 0, propose: 0, heartbeat: 0, crash: 0, change: 0 }
  const allowed = { ...none, ...budget }
  const more = deeper > 0 ? { ...allowed, campaign: allowed.campaign + 1 } : allowed
  return new SmallScope(tree, { voters, depth: depth + deeper, budget: more, changes }).explore()
}

function change(...changes: readonly MemberChange[]): Extract<Input, { kind: 'change' }> {
  const context = new Uint8Array()
  const proposal = { kind: 'change', transition: 'auto', changes, context } as const
  return { kind: 'change', proposal }
}

test('elections, commands and crashes in any order', { timeout: timeoutMs }, () => {
  const found = explore({ depth: 8, budget: { campaign: 3, propose: 1, crash: 1 } })
  expect(found).toMatchObject({ leadersMax: 2, committedMax: 2 })
  expect(found.states).toBeGreaterThan(30_000)
})

test('a disk that takes its time, and a crash that loses what it owes', {
  timeout: timeoutMs,
}, () => {
  const budget = { campaign: 2, propose: 1, crash: 1 }
  const found = explore({ depth: 11, budget, isDiskAtOnce: false })
  expect(found).toMatchObject({ leadersMax: 2, committedMax: 1 })
  expect(found.states).toBeGreaterThan(15_000)
})

test('pre-votes', { timeout: timeoutMs }, () => {
  const found = explore({ depth: 9, budget: { campaign: 3, propose: 1 }, preVote: true })
  expect(found).toMatchObject({ leadersMax: 1, committedMax: 1 })
  expect(found.states).toBeGreaterThan(20_000)
})

test('the leader removed, a follower removed, and both at once', { timeout: timeoutMs }, () => {
  const one = { kind: 'remove', id: 1 } as const
  const three = { kind: 'remove', id: 3 } as const
  const changes = [change(one), change(three), change(one, three)]
  const found = explore({ depth: 10, budget: { campaign: 2, change: 2 }, changes })
  expect(found).toMatchObject({ leadersMax: 2 })
  expect(found.committedMax).toBeGreaterThan(2)
  expect(found.states).toBeGreaterThan(10_000)
})

test('logs that differ, sent one entry at a time: figure 8 of the paper', {
  timeout: timeoutMs,
}, () => {
  const disks = [
    diskOf({ terms: [1, 2], term: 3 }),
    diskOf({ terms: [1], term: 3 }),
    diskOf({ terms: [1, 3], term: 4 }),
  ]
  const found = explore({ depth: 10, budget: { campaign: 2 }, disks, entriesPerMessageMax: 1 })
  expect(found).toMatchObject({ leadersMax: 2, committedMax: 3 })
})

test('a change of an earlier term that nobody knows the fate of', { timeout: timeoutMs }, () => {
  const removal = change({ kind: 'remove', id: 3 })
  const data = encodeChange(removal.proposal)
  const entries: Entry[] = [...entriesOf([1]), { index: 2, term: 1, kind: 'configuration', data }]
  const short = diskOf({ terms: [1] })
  const long = { ...short, entries }
  const budget = { campaign: 2, change: 1, propose: 1 }
  const changes = [change({ kind: 'remove', id: 2 })]
  const found = explore({ depth: 12, budget, changes, disks: [long, long, short] })
  expect(found).toMatchObject({ leadersMax: 2 })
  expect(found.committedMax).toBeGreaterThan(2)
})
