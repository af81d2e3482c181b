import { describe, expect, test } from 'vitest'
import { namespaceDigests } from '../../src/fsm/namespace-state.js'
import { PlacementState } from '../../src/fsm/placement-state.js'
import { defaultSettings } from '../../src/fsm/settings.js'
import { PartDigests } from '../../src/fsm/state-digest.js'
import { createHasher } from '../../src/hash/hasher.js'
import { createTableContext } from '../../src/table/table-context.js'
import { typesLevel } from '../../src/versions/versions.js'
import { forSeeds, type Random } from '../table/seeds.js'
import { rebuilt } from '../table/tables.js'
import { Replica } from './replica.js'
import { randomCommand } from './workload.js'

const hasher = await createHasher()
const context = createTableContext(hasher)

const noop = { kind: 'noop', data: new Uint8Array(0) } as const

/** At the level of its genesis, or where types of members change. */
function begun(random: Random): Replica {
  const replica = new Replica(context).begin()
  return random.chance(0.7) ? replica.raise(typesLevel) : replica
}

describe('replicas', () => {
  test('have equal digests at every equal index, in whatever portions they are fed', () => {
    forSeeds(12, (random) => {
      const first = begun(random)
      const digests = new Map<number, string>()
      for (let i = 0; i < 120; i += 1) {
        if (random.chance(0.1)) first.apply(noop)
        else {
          const key = random.chance(0.2) ? `key-${random.below(10)}` : undefined
          first.run(randomCommand(random, first), key)
        }
        digests.set(first.state.appliedIndex, first.state.digest)
      }
      let second = new PlacementState(createTableContext(hasher))
      for (let next = 0; next < first.entries.length; ) {
        // Entries come in portions, some of them again, and snapshots in between.
        const from = Math.max(0, next - random.below(4))
        next = Math.min(first.entries.length, next + 1 + random.below(20))
        for (const entry of first.entries.slice(from, next)) second.apply(entry)
        expect(second.digest).toBe(digests.get(second.appliedIndex) ?? second.digest)
        if (random.chance(0.2)) {
          const restored = new PlacementState(createTableContext(hasher))
          restored.restore(second.snapshotChunks())
          second = restored
        }
      }
      expect(second.appliedIndex).toBe(first.state.appliedIndex)
      expect(second.digest).toBe(first.state.digest)
    })
  })

  test('give equal results and events', () => {
    forSeeds(10, (random) => {
      const first = begun(random)
      const second = new PlacementState(createTableContext(hasher))
      for (const entry of first.entries) second.apply(entry)
      for (let i = 0; i < 80; i += 1) {
        const applied = first.run(randomCommand(random, first))
        expect(second.apply(first.entries.at(-1)!)).toEqual(applied)
      }
    })
  })

  test('keep digests and tables that are what a computation from nothing gives', () => {
    const parts = new PartDigests(context)
    forSeeds(12, (random) => {
      const replica = begun(random)
      for (let i = 0; i < 80; i += 1) {
        replica.run(randomCommand(random, replica))
        if (!random.chance(0.2)) continue
        for (const { fields, table, newestTable } of replica.state.namespaces()) {
          expect(parts.over(fields.digests)).toEqual(parts.over(namespaceDigests(fields, parts)))
          const levels = [...fields.admissions.values(), ...fields.removals.values()].map(
            ({ level }) => level,
          )
          for (const [level, count] of fields.levels.entries()) {
            expect(levels.filter((each) => each === level).length).toBe(count)
          }
          expect([...fields.levels.keys()]).toEqual([...new Set(levels)].sort((a, b) => a - b))
          for (const each of [table, newestTable]) {
            expect(each.digest).toBe(rebuilt(context, each).digest)
          }
          const names = [...newestTable.list()].map(({ name }) => name)
          expect([...fields.admissions.keys()]).toEqual(names)
          const sets = [...newestTable.typeSets.list()].map(({ id }) => id).sort((a, b) => a - b)
          expect([...fields.typeSetIds.values()].sort((a, b) => a - b)).toEqual(sets)
        }
      }
    })
  })
})

describe('the state digest', () => {
  test('differs as soon as anything in the state does', async () => {
    const digests = new Set<string>()
    const states: ((replica: Replica) => void)[] = [
      () => {},
      (r) => r.upsert({ name: 'a:1' }),
      (r) => r.upsert({ name: 'a:1', run: 2 }),
      (r) => {
        r.atMs += 1
        r.upsert({ name: 'a:1' })
      },
      (r) => r.upsert({ name: 'a:1', namespace: 'blue' }),
      (r) => r.cordon('a:1'),
      (r) => r.run({ kind: 'settings', atMs: 1, settings: { coalesceMs: 51 } }),
      (r) => r.run({ kind: 'cordon', atMs: 1, namespace: 'x', name: 'y', cordoned: true }, 'k1'),
      (r) => r.run({ kind: 'cordon', atMs: 1, namespace: 'x', name: 'y', cordoned: true }, 'k2'),
      (r) => r.run({ kind: 'cordon', atMs: 2, namespace: 'x', name: 'y', cordoned: true }, 'k2'),
    ]
    const followUps: ((replica: Replica) => void)[] = [
      () => {},
      (r) => r.disseminate(1),
      (r) => r.remove('a:1', 3, 'left'),
      (r) => r.remove('a:1', 3, 'expired'),
      (r) => r.remove('a:1', 3, 'evicted', 5),
      (r) => r.remove('a:1', 3, 'evicted', 6),
    ]
    let count = 0
    for (const state of states) {
      const replica = new Replica(context).begin()
      state(replica)
      digests.add(replica.state.digest)
      count += 1
    }
    for (const followUp of followUps.slice(1)) {
      const replica = new Replica(context).begin()
      replica.upsert({ name: 'a:1' })
      followUp(replica)
      digests.add(replica.state.digest)
      count += 1
    }
    expect(digests.size).toBe(count)
  })

  test('is of one cluster and one lineage', () => {
    const genesis = {
      clusterId: 'c',
      cluster: 'n',
      lineage: 'l',
      level: 1,
      settings: defaultSettings,
    }
    const others = [{}, { clusterId: 'd' }, { cluster: 'm' }, { lineage: 'k' }].map((change) => {
      const replica = new Replica(context)
      replica.run({ kind: 'genesis', atMs: 1, ...genesis, ...change })
      return replica.state.digest
    })
    expect(new Set(others).size).toBe(4)
  })

  test('moves with the index also where an entry does nothing', () => {
    const replica = new Replica(context).begin()
    const { digest } = replica.state
    replica.apply(noop)
    expect(replica.state.digest).not.toBe(digest)
  })

  test('costs the same whether there are a hundred members or ten thousand', () => {
    let hashes = 0
    let hashedBytes = 0
    const counting = createTableContext({
      hash64: (text, into) => hasher.hash64(text, into),
      hashNumbered: (text, count, into) => hasher.hashNumbered(text, count, into),
      crc32c: (bytes) => hasher.crc32c(bytes),
      digest256: (bytes) => {
        hashes += 1
        hashedBytes += bytes.length
        return hasher.digest256(bytes)
      },
    })
    const costs = [100, 10_000].map((members) => {
      const replica = new Replica(counting).begin()
      replica.upsert(...Array.from({ length: members }, (_, i) => ({ name: `h${i}:1` })))
      expect(replica.state.digest).toHaveLength(43)
      hashes = 0
      hashedBytes = 0
      replica.upsert({ name: 'a:1' })
      expect(replica.state.digest).toHaveLength(43)
      return { hashes, hashedBytes }
    })
    const [few, many] = [costs[0]!, costs[1]!]
    // Digests of two sets of 256 buckets, and some small ones.
    expect(few.hashes).toBeLessThan(20)
    expect(few.hashedBytes).toBeLessThan(20_000)
    // A bucket may become one that is hashed, and one of 10,000 members has some forty digests.
    expect(many.hashes - few.hashes).toBeLessThan(3)
    expect(many.hashedBytes - few.hashedBytes).toBeLessThan(4 * 80 * 32)
  })
})

describe('entries', () => {
  test('at or below the applied index are skipped', () => {
    const replica = new Replica(context).begin()
    replica.upsert({ name: 'a:1' })
    const { digest } = replica.state
    for (const entry of replica.entries) expect(replica.state.apply(entry)).toBeNull()
    expect(replica.state.digest).toBe(digest)
  })

  test('that leave a gap or go back in term are a bug that is told', () => {
    const replica = new Replica(context).begin()
    const entry = { ...noop, index: replica.state.appliedIndex + 2, term: 1 }
    expect(() => replica.state.apply(entry)).toThrow('entry (4, 1) after (2, 1)')
    expect(() => replica.state.apply({ ...entry, index: 3, term: 0 })).toThrow('entry (3, 0)')
  })

  test("of Raft's own only move the index and the term", () => {
    const replica = new Replica(context).begin()
    const before = replica.namespace
    replica.term = 7
    expect(replica.apply(noop).result).toBeNull()
    expect(replica.apply({ kind: 'configuration', data: Uint8Array.of(1) }).result).toBeNull()
    expect([replica.state.appliedIndex, replica.state.appliedTerm]).toEqual([4, 7])
    expect(replica.namespace).toBe(before)
  })
})
