/** How much the replicated state takes of members and their types. */
import { describe, expect, test } from 'vitest'
import {
  hostTypeBytesMax,
  membersMax,
  namespaceMembersMax,
  namespaceTypeBytesMax,
  typeBytesMax,
} from '../../src/fsm/limits.js'
import type { NamespaceState } from '../../src/fsm/namespace-state.js'
import { Room, totalsOf } from '../../src/fsm/room.js'
import { SaidTypes } from '../../src/fsm/said-types.js'
import { compareText } from '../../src/table/code-point-order.js'
import { SortedMap } from '../../src/table/sorted-map.js'
import { Replica } from './replica.js'

/** Types of a host that take so many bytes, unlike those of any other number. */
function typesOf(number: number, bytes: number): string[] {
  const count = Math.ceil(bytes / 128)
  const sizes = Array.from({ length: count }, (_, i) => Math.min(128, bytes - i * 128))
  return sizes.map((size, i) => `${number}.${i}.`.padEnd(size, 'x'))
}

const fullHost = (number: number) => ({
  name: `h${number}:1`,
  types: typesOf(number, hostTypeBytesMax),
})

const outcome = (kind: string) => expect.objectContaining({ kind })

describe('types', () => {
  test('of one host are bounded in bytes', async () => {
    const replica = await Replica.begun()
    const types = typesOf(1, hostTypeBytesMax + 1)
    expect(replica.upsert(fullHost(0), { name: 'a:1', types })).toEqual([
      outcome('member'),
      { kind: 'refused', why: 'overloaded' },
    ])
    expect(replica.state.lackOfRoom('default', 'a:1', new SaidTypes(types))).toBe('host_types')
  })

  test('of a namespace are bounded, each set counted once', async () => {
    const replica = await Replica.begun()
    const hosts = namespaceTypeBytesMax / hostTypeBytesMax
    const outcomes = replica.upsert(...Array.from({ length: hosts + 1 }, (_, i) => fullHost(i)))
    expect(outcomes.filter(({ kind }) => kind === 'member').length).toBe(hosts)
    expect(outcomes.at(-1)).toEqual({ kind: 'refused', why: 'overloaded' })
    expect(replica.state.lackOfRoom('default', 'x:1', new SaidTypes(['x']))).toBe('namespace_types')
    expect(replica.state.lackOfRoom('other', 'x:1', new SaidTypes(['x']))).toBeNull()
    // A set that is there costs nothing.
    expect(replica.upsert({ name: 'x:1', types: fullHost(3).types })).toEqual([outcome('member')])
    // And one that nobody uses any more makes room.
    expect(replica.upsert({ ...fullHost(5), types: ['y'] })).toEqual([
      { kind: 'refused', why: 'overloaded' },
    ])
    replica.remove('h5:1', 3, 'left')
    expect(replica.upsert({ name: 'z:1', types: ['y'] })).toEqual([outcome('member')])
  })
})

describe('members', () => {
  const host = { isNew: true, typeBytes: 4, isNewSet: () => true }
  const empty = { full: null, members: 0, typeBytes: 0 }
  const none = { members: 0, typeBytes: 0 }

  test('are bounded within a namespace', () => {
    const room = new Room({ ...empty, members: namespaceMembersMax - 1 }, { ...none })
    expect([room.take(host), room.take(host)]).toEqual([null, 'namespace_members'])
    // A name that is a member may change.
    expect(room.take({ ...host, isNew: false })).toBeNull()
  })

  test('are bounded in the cluster, whichever namespaces they are in', () => {
    const totals = { members: membersMax - 2, typeBytes: 0 }
    const [blue, green] = [new Room(empty, totals), new Room(empty, totals)]
    expect([blue.take(host), green.take(host), blue.take(host), green.take(host)]).toEqual([
      ...[null, null, 'members', 'members'],
    ])
  })

  test('bring types, which are bounded in the cluster', () => {
    const totals = { members: 0, typeBytes: typeBytesMax - 7 }
    const room = new Room(empty, totals)
    expect([room.take(host), room.take(host)]).toEqual([null, 'types'])
    expect(room.take({ ...host, isNewSet: () => false })).toBeNull()
  })

  test('that are counted anew are as many as there are', async () => {
    const replica = await Replica.begun()
    replica.upsert({ name: 'a:1' }, { name: 'b:1' }, { name: 'c:1', namespace: 'blue' })
    const namespaces = SortedMap.empty<string, NamespaceState>(compareText).edit(
      [...replica.state.namespaces()].map((each) => [each.name, each]),
    )
    expect(totalsOf({ namespaces })).toEqual({ members: 3, typeBytes: 2 * 'Cart'.length })
  })
})

test('whoever is refused is told which limit it is, in words', () => {
  const limits = ['host_types', 'namespace_members', 'members', 'namespace_types'] as const
  const texts = limits.map((limit) => Room.describe(limit))
  expect(texts.join()).toMatch(/16384.*131072.*262144.*16777216/)
})
