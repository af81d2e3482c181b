import { describe, expect, test } from 'vitest'
import {
  changeConfiguration,
  isJoint,
  memberIds,
  plainConfiguration,
} from '../../../src/raft/core/configuration.js'
import { contradictionIn } from '../../../src/raft/core/configuration-check.js'
import { decodeChange, encodeChange } from '../../../src/raft/core/configuration-codec.js'
import type {
  Configuration,
  ConfigurationChange,
  MemberChange,
  Transition,
} from '../../../src/raft/core/entry.js'
import { membersMax } from '../../../src/raft/core/limits.js'
import { JointQuorum } from '../../../src/raft/core/quorum.js'

const context = new Uint8Array()
const leave: ConfigurationChange = { kind: 'leave', context }

/** `+n` voter, `~n` learner, `-n` remove. */
function change(text: string, transition: Transition = 'auto'): ConfigurationChange {
  const kinds = { '+': 'voter', '~': 'learner', '-': 'remove' } as const
  const changes = text.split(' ').map((word): MemberChange => {
    return { kind: kinds[word[0] as keyof typeof kinds], id: Number(word.slice(1)) }
  })
  return { kind: 'change', transition, changes, context }
}

function applied(before: Configuration, ...steps: ConfigurationChange[]): Configuration {
  return steps.reduce((configuration, step) => {
    const changed = changeConfiguration(configuration, step)
    if (changed.kind === 'refused') throw new Error(changed.reason)
    return changed.configuration
  }, before)
}

function refusal(before: Configuration, step: ConfigurationChange): string {
  const changed = changeConfiguration(before, step)
  return changed.kind === 'refused' ? changed.reason : 'not refused'
}

describe('plain changes', () => {
  test('one voter is added, demoted, promoted and removed without a joint configuration', () => {
    const one = plainConfiguration([1])
    expect(applied(one, change('+2'))).toEqual(plainConfiguration([1, 2]))
    expect(applied(one, change('+2'), change('~1'))).toEqual(plainConfiguration([2], [1]))
    expect(applied(plainConfiguration([2], [1]), change('+1'))).toEqual(plainConfiguration([1, 2]))
    expect(applied(plainConfiguration([1, 2, 3]), change('-2'))).toEqual(plainConfiguration([1, 3]))
    expect(applied(plainConfiguration([1], [2]), change('-2'))).toEqual(one)
  })

  test('a change that already holds changes nothing', () => {
    const before = plainConfiguration([1, 2], [3])
    for (const again of ['+1', '~3', '-9']) expect(applied(before, change(again))).toEqual(before)
  })

  test('the last voter cannot be removed or demoted', () => {
    expect(refusal(plainConfiguration([1]), change('-1'))).toMatch(/no voter/)
    expect(refusal(plainConfiguration([1], [2]), change('~1'))).toMatch(/no voter/)
    expect(refusal(plainConfiguration([1, 2]), change('-1 ~2'))).toMatch(/no voter/)
    expect(refusal(plainConfiguration([]), change('~1'))).toMatch(/no voter/)
  })

  test('a change of nothing, and one beyond the largest cluster, are refused', () => {
    const nothing: ConfigurationChange = {
      kind: 'change',
      transition: 'auto',
      changes: [],
      context,
    }
    expect(refusal(plainConfiguration([1]), nothing)).toMatch(/names no replica/)
    const full = plainConfiguration(Array.from({ length: membersMax }, (_, i) => i + 1))
    expect(refusal(full, change(`~${membersMax + 1}`))).toMatch(/more than 64/)
  })

  test('the first voter of an empty configuration can be added, but not jointly', () => {
    expect(applied(plainConfiguration([]), change('+7'))).toEqual(plainConfiguration([7]))
    expect(refusal(plainConfiguration([]), change('+1 +2'))).toMatch(/nobody votes yet/)
  })
})

describe('joint configurations', () => {
  test('several changes at once, or one on demand, go through a joint configuration', () => {
    const before = plainConfiguration([1, 2, 3])
    const joint = {
      voters: [2, 3, 4],
      votersOutgoing: [1, 2, 3],
      learners: [],
      learnersNext: [],
      autoLeave: true,
    }
    expect(applied(before, change('+4 -1'))).toEqual(joint)
    expect(applied(before, change('+4 -1', 'implicit'))).toEqual(joint)
    expect(applied(before, change('+4 -1', 'explicit'))).toEqual({ ...joint, autoLeave: false })
    expect(isJoint(applied(before, change('+4', 'explicit')))).toBe(true)
    expect(isJoint(applied(before, change('+4', 'auto')))).toBe(false)
  })

  test('a voter demoted in a joint configuration is a learner only once that is left', () => {
    const joint = applied(plainConfiguration([1]), change('+2 ~1'))
    expect(joint).toMatchObject({ voters: [2], votersOutgoing: [1], learnersNext: [1] })
    expect(applied(joint, leave)).toEqual(plainConfiguration([2], [1]))
  })

  test('repeated, contradicting and absent members in one change: the last word counts', () => {
    const text = '-1 -2 -9 +2 +3 +4 +2 +3 +4 ~2 ~2 -4 -4 ~1 ~1'
    const joint = applied(plainConfiguration([1]), change(text, 'explicit'))
    expect(joint).toMatchObject({ voters: [3], votersOutgoing: [1], learners: [2] })
    expect(joint.learnersNext).toEqual([1])
    expect(applied(joint, leave)).toEqual(plainConfiguration([3], [1, 2]))
  })

  test('nothing but leaving is possible in a joint configuration, and leaving nowhere else', () => {
    const joint = applied(plainConfiguration([1]), change('+2', 'explicit'))
    expect(refusal(joint, change('+3'))).toMatch(/left first/)
    expect(refusal(joint, change('+3 -1', 'implicit'))).toMatch(/left first/)
    expect(refusal(plainConfiguration([1]), leave)).toMatch(/no joint/)
  })

  test('what comes from outside and contradicts itself is named', () => {
    const fine = plainConfiguration([1, 2], [3])
    expect(contradictionIn(fine)).toBeNull()
    expect(contradictionIn({ ...fine, learners: [2] })).toMatch(/learner votes/)
    expect(contradictionIn({ ...fine, voters: [2, 1] })).toMatch(/rising/)
    expect(contradictionIn({ ...fine, voters: [1, 1] })).toMatch(/rising/)
    expect(contradictionIn({ ...fine, learnersNext: [5] })).toMatch(/learner next/)
    expect(contradictionIn({ ...fine, autoLeave: true })).toMatch(/nothing to leave/)
    expect(contradictionIn({ ...fine, voters: [], votersOutgoing: [1] })).toMatch(/nobody/)
    const begin = { kind: 'begin', configuration: { ...fine, learners: [2] } } as const
    expect(refusal(fine, begin)).toMatch(/learner votes/)
  })
})

/** Sets of replicas that decide, as bit masks over ids 1..n. */
function quorums(configuration: Configuration, n: number): number[] {
  const quorum = new JointQuorum(configuration.voters, configuration.votersOutgoing)
  return Array.from({ length: 1 << n }, (_, mask) => mask).filter(
    (mask) => quorum.result((id) => (mask & (1 << (id - 1))) !== 0) === 'won',
  )
}

describe('safety of each reachable chain', () => {
  test('quorums of neighbouring configurations meet, over all chains of four replicas', () => {
    const n = 4
    const single = ['+', '~', '-'].flatMap((sign) => [1, 2, 3, 4].map((id) => `${sign}${id}`))
    const pairs = single.flatMap((a) => single.map((b) => `${a} ${b}`))
    const triples = pairs.flatMap((pair) => single.map((c) => `${pair} ${c}`))
    const steps = [
      leave,
      ...single.map((text) => change(text)),
      ...single.map((text) => change(text, 'explicit')),
      ...[...pairs, ...triples].map((text) => change(text)),
    ]
    const seen = new Map<string, Configuration>()
    const queue = [plainConfiguration([1])]
    let neighbours = 0
    for (let before = queue.pop(); before !== undefined; before = queue.pop()) {
      const key = JSON.stringify(before)
      if (seen.has(key)) continue
      seen.set(key, before)
      const deciding = quorums(before, n)
      const met = new Set<string>()
      for (const step of steps) {
        const changed = changeConfiguration(before, step)
        if (changed.kind === 'refused') continue
        const next = JSON.stringify(changed.configuration)
        if (met.has(next)) continue
        met.add(next)
        neighbours += 1
        for (const a of deciding) {
          for (const b of quorums(changed.configuration, n)) {
            if ((a & b) === 0) expect.unreachable(`${key} and ${next} decide apart`)
          }
        }
        queue.push(changed.configuration)
      }
    }
    expect(seen.size).toBeGreaterThan(500)
    expect(neighbours).toBeGreaterThan(2_000)
  })
})

describe('bytes of a change', () => {
  const joint = applied(plainConfiguration([1, 2, 2 ** 52]), change('+4 ~1 -2'))
  const all: ConfigurationChange[] = [
    { kind: 'begin', configuration: joint },
    { kind: 'begin', configuration: plainConfiguration([1], [2, 3]) },
    { ...change('+1 ~2 -3', 'implicit'), context: Uint8Array.of(9, 8, 7) } as ConfigurationChange,
    change('-5', 'explicit'),
    { kind: 'leave', context: Uint8Array.of(1) },
  ]

  test('every change comes back from its bytes', () => {
    for (const one of all) expect(decodeChange(encodeChange(one))).toEqual(one)
  })

  test('bytes that are cut short or changed never throw', () => {
    for (const one of all) {
      const bytes = encodeChange(one)
      for (let length = 0; length < 8; length += 1) decodeChange(bytes.slice(0, length))
      for (let at = 0; at < bytes.length; at += 1) {
        for (const value of [0, 1, 3, 127, 255]) {
          const damaged = bytes.slice()
          damaged[at] = value
          const read = decodeChange(damaged)
          if (read !== undefined && read.kind !== 'begin') {
            expect(read.kind === 'leave' || read.changes.every(({ id }) => id > 0)).toBe(true)
          }
        }
      }
    }
    expect(decodeChange(Uint8Array.of())).toBeUndefined()
    expect(decodeChange(Uint8Array.of(2, 2))).toBeUndefined()
    expect(decodeChange(Uint8Array.of(1, 3))).toBeUndefined()
    expect(decodeChange(encodeChange(change('+1')).slice(0, -1))).toBeUndefined()
  })

  test('members are listed once, in order', () => {
    expect(memberIds(joint)).toEqual([1, 2, 4, 2 ** 52])
  })
})
