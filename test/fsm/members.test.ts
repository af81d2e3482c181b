import { beforeEach, describe, expect, test } from 'vitest'
import { hostOf, Replica } from './replica.js'

const dayMs = 86_400_000

describe('members:', () => {
  let replica: Replica
  beforeEach(async () => {
    replica = await Replica.begun()
  })

  const generation = () => replica.namespace.newest

  describe('an upsert', () => {
    test('of a new host makes it a member, with the index of its entry as epoch', () => {
      const [outcome] = replica.upsert({ name: 'a:1', types: ['Order', 'Cart'], appId: 'shop' })
      expect(outcome).toEqual({ kind: 'member', epoch: 3, generation: 1, changed: true })
      expect(replica.state.appliedIndex).toBe(3)
      expect(replica.namespace.member('a:1')).toMatchObject({
        name: 'a:1',
        epoch: 3,
        appId: 'shop',
        types: ['Cart', 'Order'],
        cordoned: false,
        generation: 1,
        atMs: replica.atMs,
      })
      expect([generation(), replica.namespace.disseminated]).toEqual([1, 0])
    })

    test('of an unchanged host changes nothing: types are compared as a sorted set', () => {
      replica.upsert({ name: 'a:1', types: ['Order', 'Cart'] })
      const digest = replica.namespace.newestTable.digest
      for (const types of [
        ['Cart', 'Order'],
        ['Order', 'Cart', 'Order'],
      ]) {
        const [outcome] = replica.upsert({ name: 'a:1', types })
        expect(outcome).toEqual({ kind: 'member', epoch: 3, generation: 1, changed: false })
      }
      expect(generation()).toBe(1)
      expect(replica.namespace.newestTable.digest).toBe(digest)
    })

    test.each([
      ['a new instance', { run: 2 }],
      ['a new secret', { secret: 'another' }],
      ['other types', { types: ['Cart', 'Stock'] }],
      ['another app id', { appId: 'other' }],
    ])('with %s is a new admission: new epoch, generation +1', (_, change) => {
      replica.upsert({ name: 'a:1' })
      const [outcome] = replica.upsert({ name: 'a:1', ...change })
      expect(outcome).toEqual({ kind: 'member', epoch: 4, generation: 2, changed: true })
      expect(replica.namespace.member('a:1')?.epoch).toBe(4)
      expect(replica.namespace.newestTable.size).toBe(1)
    })

    test('of the same instance after a removal is a new admission', () => {
      replica.upsert({ name: 'a:1' })
      replica.remove('a:1', 3, 'expired')
      const [outcome] = replica.upsert({ name: 'a:1' })
      expect(outcome).toEqual({ kind: 'member', epoch: 5, generation: 3, changed: true })
    })

    test('of many hosts makes one generation in each namespace that it touches', () => {
      const hosts = Array.from({ length: 200 }, (_, i) => ({ name: `h${i}:1` }))
      replica.upsert(...hosts, { name: 'x:1', namespace: 'other' })
      expect(generation()).toBe(1)
      expect(replica.namespace.newestTable.size).toBe(200)
      expect(replica.state.namespace('other')?.newest).toBe(1)
      replica.upsert(...hosts, { name: 'y:1' })
      expect(generation()).toBe(2)
      expect(replica.state.namespace('other')?.newest).toBe(1)
    })

    test('counts a host once in an entry: an epoch names one admission', () => {
      const outcomes = replica.upsert({ name: 'a:1', run: 1 }, { name: 'a:1', run: 2 })
      expect(outcomes.map(({ kind }) => kind)).toEqual(['member', 'refused'])
      expect(outcomes[1]).toEqual({ kind: 'refused', why: 'repeated' })
      expect(replica.namespace.member('a:1')?.instance).toContain('000000000001')
    })

    test('tells which namespaces changed', () => {
      const { atMs, term } = replica
      const upsert = (name: string, namespace: string) => {
        const host = hostOf({ namespace, name })
        return replica.run({ kind: 'upsert', atMs, term, hosts: [host] }).namespaces
      }
      expect(upsert('a:1', 'blue')).toEqual(['blue'])
      expect(upsert('a:1', 'blue')).toEqual([])
    })
  })

  describe('a host without types', () => {
    test('is not stored', () => {
      expect(replica.upsert({ name: 'a:1', types: [] })).toEqual([
        { kind: 'absent', changed: false },
      ])
      expect(replica.upsert({ name: 'a:1', types: [], namespace: 'blue' })).toEqual([
        { kind: 'absent', changed: false },
      ])
      expect(generation()).toBe(0)
      expect(replica.state.namespace('blue')).toBeUndefined()
    })

    test('is removed if this instance was a member, and keeps its rights until the round', () => {
      replica.upsert({ name: 'a:1' })
      expect(replica.upsert({ name: 'a:1', types: [] })).toEqual([
        { kind: 'absent', changed: true },
      ])
      expect(generation()).toBe(2)
      expect(replica.namespace.member('a:1')).toBeUndefined()
      expect(replica.namespace.removedWhy('a:1', 3)?.reason).toBe('left')
    })

    test('touches no member but its own admission', () => {
      replica.upsert({ name: 'a:1', run: 1 })
      replica.upsert({ name: 'a:1', run: 2, types: [] })
      expect(replica.namespace.member('a:1')?.epoch).toBe(3)
      expect(generation()).toBe(1)
    })
  })

  describe('a removal', () => {
    test('is by name and epoch: another admission of the name is left alone', () => {
      replica.upsert({ name: 'a:1', run: 1 })
      replica.upsert({ name: 'a:1', run: 2 })
      expect(replica.remove('a:1', 3, 'expired')).toBe(false)
      expect(generation()).toBe(2)
      expect(replica.remove('a:1', 4, 'expired')).toBe(true)
      expect([generation(), replica.namespace.newestTable.size]).toEqual([3, 0])
    })

    test('of nobody changes nothing', () => {
      expect(replica.remove('a:1', 3)).toBe(false)
      expect(generation()).toBe(0)
      const hosts = [{ namespace: 'nowhere', name: 'a:1', epoch: 3, reason: 'left' as const }]
      const applied = replica.run({ kind: 'remove', atMs: 1, term: 1, hosts })
      expect(applied).toMatchObject({ result: { hosts: [{ removed: false }] }, namespaces: [] })
      expect(replica.state.namespace('nowhere')).toBeUndefined()
    })

    test('of many, each named twice, removes each once and makes one generation', () => {
      replica.upsert({ name: 'a:1' }, { name: 'b:1' }, { name: 'c:1' })
      const names = ['a:1', 'b:1', 'a:1']
      const hosts = names.map((name) => ({
        namespace: 'default',
        name,
        epoch: 3,
        reason: 'straggler' as const,
      }))
      const { result } = replica.run({ kind: 'remove', atMs: replica.atMs, term: 1, hosts })
      expect(result).toEqual({
        kind: 'remove',
        hosts: [true, true, false].map((removed) => ({ removed, generation: 2 })),
      })
      expect(generation()).toBe(2)
      expect([...replica.namespace.members()].map(({ name }) => name)).toEqual(['c:1'])
    })

    test('is remembered with its reason until a table without the member is disseminated', () => {
      const reasons = ['left', 'expired', 'evicted', 'straggler'] as const
      replica.upsert(...reasons.map((reason) => ({ name: `${reason}:1` })), { name: 'again:1' })
      replica.disseminate(1)
      for (const reason of reasons) replica.remove(`${reason}:1`, 3, reason)
      replica.upsert({ name: 'again:1', run: 2 })
      const why = (name: string) => replica.namespace.removedWhy(name, 3)?.reason
      expect(reasons.map((reason) => why(`${reason}:1`))).toEqual(reasons)
      expect(why('again:1')).toBe('replaced')
      expect(replica.namespace.removedWhy('again:1', replica.epochOf('again:1'))).toBeUndefined()
      replica.disseminate(3)
      expect(reasons.map((reason) => why(`${reason}:1`))).toEqual([
        undefined,
        undefined,
        'evicted',
        'straggler',
      ])
      replica.disseminate(6)
      expect([...replica.namespace.removals()]).toEqual([])
    })

    test('of an admission that never was disseminated is remembered too', () => {
      replica.upsert({ name: 'a:1' })
      replica.remove('a:1', 3, 'expired')
      expect(replica.namespace.removedWhy('a:1', 3)).toEqual({
        name: 'a:1',
        epoch: 3,
        secretHash: hostOf({ name: 'a:1' }).secretHash,
        level: 1,
        reason: 'expired',
        generation: 2,
        atMs: replica.atMs,
      })
    })
  })

  describe('an evicted name', () => {
    test('is refused for the time that the operator set, by the clock of the commands', () => {
      replica.upsert({ name: 'a:1' })
      expect(replica.remove('a:1', 3, 'evicted', 60_000)).toBe(true)
      const untilMs = replica.atMs + 60_000
      replica.atMs = untilMs - 1
      const refused = { kind: 'refused', why: 'evicted', leftMs: 1 }
      expect(replica.upsert({ name: 'a:1', run: 2 })).toEqual([refused])
      expect(replica.upsert({ name: 'b:1' })[0]?.kind).toBe('member')
      replica.atMs = untilMs
      expect(replica.upsert({ name: 'a:1', run: 2 })[0]?.kind).toBe('member')
    })

    test('is refused for no longer by a clock that was wrong for seconds', () => {
      replica.upsert({ name: 'a:1' })
      const right = replica.atMs
      replica.atMs = right + 400 * dayMs
      replica.remove('a:1', 3, 'evicted', 60_000)
      replica.run({ kind: 'clock', atMs: right, elapsedMs: 0 })
      replica.atMs = right + 59_999
      expect(replica.upsert({ name: 'a:1', run: 2 })).toMatchObject([{ why: 'evicted', leftMs: 1 }])
      replica.atMs = right + 60_000
      expect(replica.upsert({ name: 'a:1', run: 2 })).toMatchObject([{ changed: true }])
    })

    test('is refused for no longer by a clock that was set back', () => {
      replica.upsert({ name: 'a:1' })
      replica.remove('a:1', 3, 'evicted', 60_000)
      replica.atMs -= 400 * dayMs
      replica.run({ kind: 'clock', atMs: replica.atMs, elapsedMs: 0 })
      replica.atMs += 59_999
      expect(replica.upsert({ name: 'a:1', run: 2 })).toMatchObject([{ why: 'evicted', leftMs: 1 }])
      replica.atMs += 1
      expect(replica.upsert({ name: 'a:1', run: 2 })).toMatchObject([{ changed: true }])
    })

    test('comes back once the refusal is lifted, which an event says', () => {
      replica.upsert({ name: 'a:1' })
      replica.remove('a:1', 3, 'evicted', 60_000)
      const { atMs } = replica
      const lift = { kind: 'lift', atMs, namespace: 'default', name: 'a:1' } as const
      const generation = replica.namespace.newest
      const lifted = replica.run(lift)
      expect(lifted.result).toEqual({ kind: 'lift', outcome: 'changed', generation })
      expect(lifted.events).toMatchObject([
        { kind: 'lifted', namespace: 'default', member: 'a:1', detail: { leftMs: 60_000 } },
      ])
      expect(lifted.namespaces).toEqual(['default'])
      const again = replica.run(lift)
      expect(again).toMatchObject({ result: { outcome: 'unchanged' }, events: [] })
      expect(replica.run({ ...lift, namespace: 'none' }).result).toMatchObject({
        outcome: 'no_namespace',
      })
      expect(replica.upsert({ name: 'a:1', run: 2 })).toMatchObject([{ changed: true }])
    })

    test('is not refused when no time was set, nor after another removal', () => {
      replica.upsert({ name: 'a:1' }, { name: 'b:1' })
      replica.remove('a:1', 3, 'evicted')
      replica.remove('b:1', 3, 'expired', 60_000)
      expect(replica.upsert({ name: 'a:1' }, { name: 'b:1' }).map(({ kind }) => kind)).toEqual([
        'member',
        'member',
      ])
    })

    test('is not refused by an eviction that found nobody', () => {
      replica.upsert({ name: 'a:1' })
      replica.remove('a:1', 99, 'evicted', 60_000)
      expect([...replica.namespace.refusals()]).toEqual([])
    })

    test('is forgotten once its time is over and another name is evicted', () => {
      replica.upsert({ name: 'a:1' }, { name: 'b:1' })
      replica.remove('a:1', 3, 'evicted', 1000)
      replica.atMs += 1000
      replica.remove('b:1', 3, 'evicted', 1000)
      const untilAgedMs = replica.state.clock.agedMs + 1000
      expect([...replica.namespace.refusals()]).toEqual([['b:1', untilAgedMs]])
    })
  })

  describe('a cordon', () => {
    test('leaves the member its epoch and takes its share of the ring', () => {
      replica.upsert({ name: 'a:1' }, { name: 'b:1' })
      expect(replica.cordon('a:1')).toEqual({
        ...{ kind: 'cordon', outcome: 'changed', member: true },
        generation: replica.namespace.newest,
      })
      const { newestTable } = replica.namespace
      expect(newestTable.member('a:1')).toMatchObject({ epoch: 3, cordoned: true })
      expect(newestTable.ring('Cart')?.hostCount).toBe(1)
      expect(generation()).toBe(2)
      expect(replica.cordon('a:1', false).outcome).toBe('changed')
      expect(replica.namespace.newestTable.ring('Cart')?.hostCount).toBe(2)
      expect(generation()).toBe(3)
    })

    test('is part of the digest', () => {
      replica.upsert({ name: 'a:1' })
      const before = replica.namespace.newestTable.digest
      replica.cordon('a:1')
      expect(replica.namespace.newestTable.digest).not.toBe(before)
      replica.cordon('a:1', false)
      expect(replica.namespace.newestTable.digest).toBe(before)
    })

    test('is by name and survives restarts and removals of the host', () => {
      replica.upsert({ name: 'a:1' })
      replica.cordon('a:1')
      replica.upsert({ name: 'a:1', run: 2 })
      expect(replica.namespace.member('a:1')?.cordoned).toBe(true)
      replica.remove('a:1', replica.epochOf('a:1'))
      replica.upsert({ name: 'a:1', run: 3 })
      expect(replica.namespace.member('a:1')?.cordoned).toBe(true)
      expect(replica.namespace.newestTable.owner('Cart', '1')).toBeUndefined()
      expect([...replica.namespace.cordons()]).toEqual(['a:1'])
    })

    test('of a name that no member has makes no generation and waits for it', () => {
      expect(replica.cordon('a:1')).toEqual({
        ...{ kind: 'cordon', outcome: 'changed', member: false },
        generation: replica.namespace.newest,
      })
      expect(generation()).toBe(0)
      replica.upsert({ name: 'a:1' })
      expect(replica.namespace.member('a:1')?.cordoned).toBe(true)
    })

    test('repeated, or in a namespace that is not there, changes nothing', () => {
      replica.upsert({ name: 'a:1' })
      replica.cordon('a:1')
      expect(replica.cordon('a:1')).toMatchObject({ outcome: 'unchanged', member: true })
      expect(replica.cordon('b:1', false)).toMatchObject({ outcome: 'unchanged', member: false })
      expect(replica.cordon('a:1', true, 'nowhere').outcome).toBe('no_namespace')
      expect(generation()).toBe(2)
    })
  })

  describe('namespaces', () => {
    test('are created by their first member; "default" is there at generation 0', () => {
      expect(replica.namespace.newest).toBe(0)
      expect(replica.state.namespace('blue')).toBeUndefined()
      replica.upsert({ name: 'a:1', namespace: 'blue' })
      expect([...replica.state.namespaces()].map(({ name }) => name)).toEqual(['blue', 'default'])
      expect([...replica.state.namespaces('blue')].map(({ name }) => name)).toEqual(['default'])
    })

    test('keep members of the same name apart', () => {
      replica.upsert({ name: 'a:1' }, { name: 'a:1', namespace: 'blue', types: ['Stock'] })
      replica.remove('a:1', 3)
      expect(replica.state.namespace('blue')?.member('a:1')?.types).toEqual(['Stock'])
      expect(replica.state.namespace('blue')?.newest).toBe(1)
    })

    test('list their members by name and from any name on', () => {
      replica.upsert({ name: 'c:1' }, { name: 'a:1' }, { name: 'b:1' })
      const names = (after?: string) =>
        [...replica.namespace.members(after)].map(({ name }) => name)
      expect(names()).toEqual(['a:1', 'b:1', 'c:1'])
      expect(names('a:1')).toEqual(['b:1', 'c:1'])
      expect(names('aa')).toEqual(['b:1', 'c:1'])
    })

    test('stay what they were for whoever holds them', () => {
      replica.upsert({ name: 'a:1' })
      const held = replica.namespace
      replica.upsert({ name: 'b:1' })
      replica.disseminate(2)
      expect([held.newest, held.disseminated, held.newestTable.size]).toEqual([1, 0, 1])
    })
  })

  describe('type sets', () => {
    const setOf = (name: string) => replica.namespace.member(name)?.typeSet

    test('are one object with one small id for all members that have them', () => {
      replica.upsert({ name: 'a:1', types: ['B', 'A'] }, { name: 'b:1', types: ['A', 'B'] })
      replica.upsert({ name: 'c:1', types: ['A', 'B'] }, { name: 'd:1', types: ['A'] })
      expect(setOf('a:1')).toEqual({ id: 1, types: ['A', 'B'] })
      expect(setOf('b:1')).toBe(setOf('a:1'))
      expect(setOf('c:1')).toBe(setOf('a:1'))
      expect(setOf('d:1')?.id).toBe(2)
    })

    test('that nobody has any more never give their id to another set', () => {
      replica.upsert({ name: 'a:1', types: ['A'] }, { name: 'b:1', types: ['A'] })
      replica.remove('a:1', 3)
      replica.upsert({ name: 'c:1', types: ['A'] })
      expect(setOf('c:1')?.id).toBe(1)
      replica.remove('b:1', 3)
      replica.remove('c:1', replica.epochOf('c:1'))
      replica.upsert({ name: 'd:1', types: ['B'] }, { name: 'e:1', types: ['A'] })
      expect([setOf('d:1')?.id, setOf('e:1')?.id]).toEqual([2, 3])
    })
  })
})
