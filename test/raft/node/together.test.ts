/** Several inputs as one: what follows from them is done once. */
import { expect, test } from 'vitest'
import { encodeWrite } from '../../simulation/raft/register-machine.js'
import { only } from '../support/bench.js'
import { storedState } from './support/handshakes.js'
import { LoneNode } from './support/lone-node.js'

const member = { initialVoters: [1, 2, 3], replicaId: 2 }

/** Replica 2, which leads 1 and 3. */
function leading(): LoneNode {
  const one = new LoneNode({}, storedState(2, member))
  one.node.start(0)
  for (let ticks = 0; ticks < 200 && one.status.role !== 'leader'; ticks += 1) {
    one.tick()
    one.meet(1)
    one.meet(3)
    for (const { to: from, term, pre } of only(one.said(), 'vote-request')) {
      const fact = { commit: 0, commitTerm: 0, granted: true }
      one.say({ kind: 'vote-response', from, to: 2, term, pre, ...fact })
    }
  }
  expect(one.status.role).toBe('leader')
  for (const append of appends(one)) accept(one, append)
  one.said()
  return one
}

function accept(one: LoneNode, append: ReturnType<typeof appends>[number]): void {
  const { to: from, term, prevIndex, entries } = append
  const index = prevIndex + entries.length
  one.say({ kind: 'append-accepted', from, to: 2, term, index })
}

const appends = (one: LoneNode) => only(one.said(), 'append')

test('commands that are proposed together leave as one append to each peer', () => {
  const one = leading()
  const applied: number[] = []
  one.node.together(one.nowMs, () => {
    for (let n = 1; n <= 5; n += 1) {
      one.node.propose(encodeWrite(1, n, 0), one.nowMs, () => void applied.push(n))
    }
    expect(one.said()).toEqual([])
  })
  const sent = appends(one)
  expect(sent.map(({ to, entries }) => [to, entries.length])).toEqual([
    [1, 5],
    [3, 5],
  ])
  accept(one, sent[0]!)
  expect(applied).toEqual([1, 2, 3, 4, 5])
})

test('answers that come together are acted on once', () => {
  const one = leading()
  const propose = () => one.node.propose(encodeWrite(1, 1, 0), one.nowMs, () => {})
  propose()
  propose()
  const sent = appends(one)
  one.node.together(one.nowMs, () => {
    for (const append of sent) accept(one, append)
  })
  expect(appends(one).map(({ to, commit }) => [to, commit])).toEqual([
    [1, one.status.log.lastIndex],
    [3, one.status.log.lastIndex],
  ])
})

test('what fails in the midst of it comes out, and what came before is done', () => {
  const one = leading()
  const act = () => {
    one.node.propose(encodeWrite(1, 1, 0), one.nowMs, () => {})
    throw new Error('of a part beside the node')
  }
  expect(() => one.node.together(one.nowMs, act)).toThrow('of a part beside the node')
  one.tick()
  expect(appends(one).filter(({ entries }) => entries.length === 1)).toHaveLength(2)
})
