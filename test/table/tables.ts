/** Small tables for tests, and the plain truths that the fast code is held against. */
import { createHasher, type Hasher } from '../../src/hash/hasher.js'
import type { Member } from '../../src/table/member.js'
import { Table } from '../../src/table/table.js'
import { createTableContext, type TableContext } from '../../src/table/table-context.js'
import type { TypeSet } from '../../src/wire/messages.js'
import type { Random } from './seeds.js'

export async function makeContext(): Promise<TableContext> {
  return createTableContext(await createHasher())
}

/** A context whose hashes take only 64 different values: equal ones are the rule. */
export async function makeCrowdedContext(): Promise<TableContext> {
  const hasher = await createHasher()
  const crowd = (positions: Uint32Array) => {
    for (let i = 0; i < positions.length; i += 2) {
      positions[i] = positions[i]! & 0xf8000000
      positions[i + 1] = positions[i + 1]! & 1
    }
  }
  return createTableContext({
    hash64(text, into) {
      hasher.hash64(text, into)
      crowd(into)
    },
    hashNumbered(text, count, into) {
      hasher.hashNumbered(text, count, into)
      crowd(into)
    },
    digest256: (bytes) => hasher.digest256(bytes),
    crc32c: (bytes) => hasher.crc32c(bytes),
  })
}

export function hash(hasher: Hasher, text: string): bigint {
  const position = new Uint32Array(2)
  hasher.hash64(text, position)
  return (BigInt(position[0]!) << 32n) | BigInt(position[1]!)
}

export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

export interface PlainPair {
  readonly hash: bigint
  readonly name: string
}

/** A ring as design §4 words it: all pairs, sorted. */
export function plainRing(hasher: Hasher, names: readonly string[], factor: number): PlainPair[] {
  return names
    .flatMap((name) =>
      Array.from({ length: factor }, (_, i) => ({ hash: hash(hasher, `${name}${i}`), name })),
    )
    .sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : byBytes(a.name, b.name)))
}

/** The owner as design §4 words it. */
export function plainOwner(ring: readonly PlainPair[], at: bigint): string | undefined {
  return (ring.find((pair) => pair.hash >= at) ?? ring[0])?.name
}

export function typeSet(id: number, ...types: string[]): TypeSet {
  return { id, types }
}

export function member(name: string, epoch: number, set: TypeSet, more?: Partial<Member>): Member {
  return { name, epoch, appId: 'app', typeSet: set, cordoned: false, ...more }
}

export function tableOf(
  context: TableContext,
  generation: number,
  members: readonly Member[],
  factor = 8,
): Table {
  return Table.empty(context, { factor: factor, level: 1 }).edit({
    generation,
    upserts: members,
    removes: [],
  })
}

const sets = [
  typeSet(1, 'Cart'),
  typeSet(2, 'Cart', 'Order'),
  typeSet(3, 'Order', 'Stock'),
  typeSet(4, 'Cart', 'Order', 'Stock'),
]

/** Types that `randomEdit` uses, and one that nobody offers. */
export const allTypes = ['Cart', 'Order', 'Stock', 'Nothing']

/** The next table: hosts that join, leave, restart, change types, are cordoned and uncordoned. */
export function randomEdit(random: Random, table: Table, hosts: number, changes: number): Table {
  const generation = table.generation + 1
  const upserts = new Map<string, Member>()
  const removes = new Set<string>()
  for (let i = 0; i < changes; i += 1) {
    // Ports of one to three digits make equal texts, and so equal hashes, on different hosts.
    const name = `10.0.0.1:${1 + random.below(hosts)}`
    const old = table.member(name)
    if (upserts.has(name) || removes.has(name)) continue
    const set = random.pick(sets)
    const epoch = generation * 10
    if (old === undefined) upserts.set(name, member(name, epoch, set))
    else {
      const { typeSet: same, cordoned } = old
      const edits = [
        () => removes.add(name),
        () => upserts.set(name, member(name, epoch, same, { cordoned })),
        () => upserts.set(name, member(name, epoch, set, { cordoned })),
        () => upserts.set(name, { ...old, cordoned: !cordoned }),
      ]
      random.pick(edits)()
    }
  }
  return table.edit({ generation, upserts: [...upserts.values()], removes: [...removes] })
}

/** The same table built from nothing, sharing no memory with the first. */
export function rebuilt(context: TableContext, table: Table): Table {
  return tableOf(context, table.generation, [...table.list()], table.factor)
}
