/**
 * What a core takes from its host, every other core can read: configurations, changes, settings.
 * Random ones, mostly of what is hardly right or hardly wrong, are either refused in a typed way or
 * come through the codec, and the door for messages, as they were.
 */
import { describe, expect, test } from 'vitest'
import { BerthError } from '../../../src/errors/berth-error.js'
import {
  type Configuration,
  type ConfigurationProposal,
  decodeChange,
  emptyConfiguration,
  encodeChange,
  entriesPerAppendMax,
  type MemberChange,
  membersMax,
  parseMessage,
  plainConfiguration,
  Raft,
  type RaftOptions,
  raftDefaults,
} from '../../../src/raft/core/index.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { Random } from '../node/support/random.js'
import { bench } from '../support/bench.js'
import { emptyDisk, TestReplica } from '../support/replica.js'

const context = new Uint8Array()
const empty = { ...emptyDisk, applied: 0 }

function start(configuration: Configuration, options: Partial<RaftOptions> = {}): Raft {
  const given = { id: 1, session: 1, random: () => 0, ...options }
  return new Raft(given, { ...empty, configuration })
}

/** The code of the error that it throws. */
function codeOf(act: () => unknown): string {
  try {
    act()
    return 'none'
  } catch (error) {
    return error instanceof BerthError ? error.code : `${error}`
  }
}

/** A leader alone that has applied its first entry. */
function leadingAlone(): TestReplica {
  const replica = new TestReplica({ id: 1, random: () => 0 }, plainConfiguration([1]))
  replica.raft.campaign()
  replica.settle()
  return replica
}

function changeOf(changes: readonly MemberChange[]): ConfigurationProposal {
  return { kind: 'change', transition: 'auto', changes, context }
}

const strangeIds = [0, -1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, '4', null]

describe('membership changes', () => {
  test('a change that could not be read back is refused, and nothing is in the log', () => {
    for (const id of strangeIds) {
      const leader = leadingAlone()
      const proposed = leader.raft.proposeConfChange(
        changeOf([{ kind: 'learner', id: id as number }]),
      )
      expect(proposed, `${id}`).toMatchObject({ kind: 'refused', reason: 'change_invalid' })
      leader.settle()
      leader.crash()
      leader.raft.campaign()
      leader.settle()
      expect(leader.raft.role, 'it starts again').toBe('leader')
    }
  })

  test('a change that names more replicas than there may be is refused, however often each', () => {
    const leader = leadingAlone()
    const one = { kind: 'learner', id: 2 } as const
    const most = Array.from({ length: membersMax }, () => one)
    expect(leader.raft.proposeConfChange(changeOf([...most, one]))).toMatchObject({
      ...{ kind: 'refused', reason: 'change_invalid' },
      detail: 'the change names replicas more than 64 times',
    })
    expect(leader.raft.proposeConfChange(changeOf(most))).toMatchObject({ kind: 'accepted' })
    leader.settle()
    expect(leader.raft.configuration.learners).toEqual([2])
  })

  test('what has no kind, no context, or is a beginning is refused', () => {
    const good = changeOf([{ kind: 'learner', id: 2 }])
    const wrong: unknown[] = [
      { ...good, transition: 'sudden' },
      { ...good, changes: [{ kind: 'observer', id: 2 }] },
      { ...good, changes: [] },
      { ...good, changes: undefined },
      { ...good, context: 'text' },
      { kind: 'leave' },
      { kind: 'other' },
      { kind: 'begin', configuration: plainConfiguration([1, 2]) },
    ]
    for (const one of wrong) {
      const proposed = leadingAlone().raft.proposeConfChange(one as ConfigurationProposal)
      expect(proposed).toMatchObject({ kind: 'refused', reason: 'change_invalid' })
    }
  })

  test('random changes are refused, or every replica reads them as they were', () => {
    const random = new Random(5)
    let accepted = 0
    for (let run = 0; run < 800; run += 1) {
      const { raft } = leadingAlone()
      const count = random.chance(0.1) ? random.between(60, 68) : random.between(0, 4)
      const changes = Array.from({ length: count }, (): MemberChange => {
        const id = random.chance(0.02) ? random.pick(strangeIds) : random.between(1, 70)
        return { kind: random.pick(['voter', 'learner', 'remove'] as const), id: id as number }
      })
      const transition = random.pick(['auto', 'implicit', 'explicit'] as const)
      const bytes = Uint8Array.from({ length: random.between(0, 3) }, () => random.between(0, 255))
      const proposal = { kind: 'change', transition, changes, context: bytes } as const
      const proposed = raft.proposeConfChange(proposal)
      if (proposed.kind === 'refused') {
        expect(proposed.reason).toBe('change_invalid')
        expect(raft.status().lastIndex).toBe(1)
        continue
      }
      accepted += 1
      const [entry] = raft.entries(proposed.index, proposed.index)
      expect(decodeChange(entry!.data)).toEqual(proposal)
      const message = { kind: 'append', from: 1, to: 2, term: 1, prevIndex: 1, prevTerm: 1 }
      const sent = { ...message, entries: [entry], commit: 1 }
      expect(parseMessage(decode(encode(sent)))).toMatchObject({ entries: [{ kind: entry!.kind }] })
    }
    expect(accepted).toBeGreaterThan(100)
  })
})

describe('configurations that a replica starts from', () => {
  test('one that could not be read back is refused at the start', () => {
    for (const id of strangeIds) {
      expect(codeOf(() => start(plainConfiguration([1, id as number])))).toBe('invalid_config')
    }
    const many = Array.from({ length: membersMax + 1 }, (_, at) => at + 1)
    expect(codeOf(() => start(plainConfiguration(many)))).toBe('invalid_config')
    expect(codeOf(() => start(plainConfiguration(many.slice(1))))).toBe('none')
    expect(codeOf(() => start(plainConfiguration([], [1])))).toBe('invalid_config')
    expect(codeOf(() => start({ ...emptyConfiguration, autoLeave: 1 } as never))).toBe(
      'invalid_config',
    )
    expect(codeOf(() => start({ voters: [1] } as never))).toBe('invalid_config')
  })

  test('the codec writes nothing that it does not read', () => {
    const many = Array.from({ length: membersMax + 1 }, (_, at) => at + 1)
    for (const voters of [[0], [0.5], many, []]) {
      const begin = { kind: 'begin', configuration: plainConfiguration(voters) } as const
      expect(
        codeOf(() => encodeChange(begin)),
        `${voters}`,
      ).toBe('invalid_config')
    }
  })

  test('random configurations are refused, or a leader begins a log by which others end up there', () => {
    const random = new Random(6)
    let begun = 0
    for (let run = 0; run < 800; run += 1) {
      const configuration = drawConfiguration(random)
      const code = codeOf(() => start(configuration))
      if (code !== 'none') {
        expect(code).toBe('invalid_config')
        continue
      }
      if (!configuration.voters.includes(1)) continue
      begun += 1
      const one = bench({ configuration })
      const others = [...new Set([...configuration.voters, ...configuration.votersOutgoing])]
      one.lead(others.filter((id) => id !== 1))
      const [first] = one.raft.entries(1, 1)
      expect(decodeChange(first!.data)).toEqual({ kind: 'begin', configuration })
      const snapshot = { index: 1, term: 1, configuration }
      const message = { kind: 'snapshot', from: 1, to: 2, term: 1, snapshot }
      expect(parseMessage(decode(encode(message)))).toEqual(message)
    }
    expect(begun).toBeGreaterThan(100)
  })
})

function drawConfiguration(random: Random): Configuration {
  const ids = (chance: number) => {
    const count = random.chance(0.03) ? random.between(60, 66) : 4
    const all = Array.from({ length: count }, (_, at) => at + 1)
    const some = all.filter(() => random.chance(chance))
    return random.chance(0.02) ? [...some, random.pick(strangeIds) as number] : some
  }
  const isJoint = random.chance(0.3)
  return {
    voters: ids(0.8),
    votersOutgoing: isJoint ? ids(0.5) : [],
    learners: random.chance(0.3) ? ids(0.2) : [],
    learnersNext: isJoint && random.chance(0.3) ? ids(0.2) : [],
    autoLeave: random.chance(isJoint ? 0.5 : 0.05),
  }
}

describe('settings', () => {
  const numbers = Object.entries(raftDefaults).flatMap(([name, value]) => {
    return typeof value === 'number' ? [name] : []
  })
  const strange = [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '5', null, undefined]

  test('every number must be whole, above 0, and one that can be counted to', () => {
    expect(numbers.length).toBeGreaterThan(8)
    for (const name of ['id', ...numbers]) {
      for (const value of strange) {
        const code = codeOf(() => start(plainConfiguration([1]), { [name]: value } as never))
        expect(code, `${name}: ${value}`).toBe('invalid_config')
      }
    }
    for (const value of strange.slice(1)) {
      expect(codeOf(() => start(plainConfiguration([1]), { session: value } as never))).toBe(
        'invalid_config',
      )
    }
  })

  test('a switch is on or off, and nothing else', () => {
    for (const name of ['preVote', 'checkQuorum', 'leaseReads', 'suppressVotesAtStart']) {
      for (const value of [0, 1, 'true', null, undefined]) {
        const code = codeOf(() => start(plainConfiguration([1]), { [name]: value } as never))
        expect(code, `${name}: ${value}`).toBe('invalid_config')
      }
    }
  })

  test('a leader may not send more entries at once than a receiver takes', () => {
    const with_ = (entriesPerMessageMax: number) =>
      codeOf(() => start(plainConfiguration([1]), { entriesPerMessageMax }))
    expect(with_(entriesPerAppendMax)).toBe('none')
    expect(with_(entriesPerAppendMax + 1)).toBe('invalid_config')
  })

  test('settings that contradict one another are refused', () => {
    const with_ = (options: Partial<RaftOptions>) =>
      codeOf(() => start(plainConfiguration([1]), options))
    expect(with_({ electionTimeoutTicks: 3, heartbeatTicks: 3 })).toBe('invalid_config')
    expect(with_({ leaseReads: true, checkQuorum: false })).toBe('invalid_config')
    expect(with_({ electionTimeoutTicks: 2 ** 32 })).toBe('invalid_config')
  })

  test('chance that is none is refused: nobody would wait as he should', () => {
    for (const value of [1, -0.1, Number.NaN, 'x' as never]) {
      expect(codeOf(() => start(plainConfiguration([1]), { random: () => value }))).toBe(
        'invalid_config',
      )
    }
    expect(codeOf(() => start(plainConfiguration([1]), { random: 5 as never }))).toBe(
      'invalid_config',
    )
  })
})

test('a command that is not bytes is refused, for no other replica could read it', () => {
  for (const data of ['text', null, undefined, [1, 2], 5]) {
    const proposed = leadingAlone().raft.propose(data as never)
    expect(proposed).toMatchObject({ kind: 'refused', reason: 'data_invalid' })
  }
})
