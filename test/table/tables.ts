/** Small tables for tests, and the plain truths that the fast code is held against. */
import { createHasher, type Hasher } from '../../src/hash/hasher.js'
import { Budget, type Job } from '../../src/jobs/job.js'
import { finish } from '../../src/jobs/sliced-job.js'
import type { Member } from '../../src/table/member.js'
import type { Ring, RingHost } from '../../src/table/ring.js'
import { RingDraft } from '../../src/table/ring-draft.js'
import { Table } from '../../src/table/table.js'
import { createTableContext, type TableContext } from '../../src/table/table-context.js'
import type { VirtualNodes } from '../../src/table/virtual-nodes.js'
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

export interface RingChange<H extends RingHost> {
  /** Hosts that are not on the ring. */
  readonly joins?: readonly H[]
  /** Names of hosts on the ring. */
  readonly leaves?: readonly string[]
  /** Hosts on the ring, by name, whose other properties changed. */
  readonly replaced?: readonly H[]
}

/** The ring after a change. */
export function merged<H extends RingHost>(
  ring: Ring<H>,
  { joins = [], leaves = [], replaced = [] }: RingChange<H>,
  nodes: VirtualNodes,
): Ring<H> {
  const draft = new RingDraft(ring)
  for (const name of leaves) draft.remove(name, nodes.once(name, ring.factor))
  for (const host of joins) draft.add(host, nodes.once(host.name, ring.factor))
  for (const host of replaced) draft.replace(host, nodes.once(host.name, 1))
  return finish(draft.finish())
}

/** A budget that shows the largest step that was done on it. */
export class Meter extends Budget {
  steps = 0
  largest = 0

  override spend(units: number): void {
    super.spend(units)
    this.steps += 1
    this.largest = Math.max(this.largest, units)
  }
}

/** Drives a job to its end in slices of one step each. */
export function drive(job: Job): { readonly steps: number; readonly largest: number } {
  let steps = 0
  let largest = 0
  for (let done = false; !done; ) {
    const meter = new Meter(1e-9)
    done = job.step(meter)
    if (meter.steps > 1) throw new Error('a spent budget was used on')
    steps += meter.steps
    largest = Math.max(largest, meter.largest)
  }
  if (!job.step(new Budget(1))) throw new Error('a job that was done goes on')
  return { steps, largest }
}

/** A context that counts the virtual nodes that are hashed. */
export async function makeCountingContext() {
  const hasher = await createHasher()
  const counted = { nodes: 0 }
  const context = createTableContext({
    hash64: (text, into) => hasher.hash64(text, into),
    hashNumbered(text, count, into) {
      counted.nodes += count
      hasher.hashNumbered(text, count, into)
    },
    digest256: (bytes) => hasher.digest256(bytes),
    crc32c: (bytes) => hasher.crc32c(bytes),
  })
  return { context, counted }
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

/** All pairs of a ring, in its order. */
export function pairsOf(ring: Ring<RingHost>): PlainPair[] {
  const pairs: PlainPair[] = []
  for (const cursor = ring.cursor(); !cursor.isAtEnd; cursor.next()) {
    const { hi, lo, host } = cursor
    pairs.push({ hash: (BigInt(hi) << 32n) | BigInt(lo), name: host.name })
  }
  return pairs
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
        // Under its epoch.
        () => upserts.set(name, { ...old, typeSet: set }),
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
