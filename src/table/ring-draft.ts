/**
 * The next ring in the making. Hosts that come and go are noted with all their virtual nodes; then
 * the leaves that these fall into are written anew, each once, and all others are shared with the
 * ring before. So one host costs some `factor` leaves, whatever the size of the ring, and many are
 * merged leaf by leaf, in slices.
 *
 * Each name is changed at most once in a draft. The ring before is never touched.
 */
import type { Slices } from '../jobs/sliced-job.js'
import { LeafWriter, pairsPerEntryMin } from './leaf-writer.js'
import { NotedPairs } from './noted-pairs.js'
import { PagedList, type PagedListDraft } from './paged-list.js'
import { Ring, type RingHost, type RingParts } from './ring.js'
import { pairsIn } from './ring-leaf.js'

/** With so many times fewer pairs for an entry than a directory is made for, it is made anew. */
const sparseEntries = 4
/** With more slots for each host, and more than so many, they are numbered anew. */
const slotsPerHostMax = 8
const slotsSparseMin = 64

/** Noted pairs are merged when there are so many, and so many for each pair on the ring. */
const notedPairsMin = 8192
const notedShare = 1 / 2

/** Cost of a pair that is taken over, in units of a budget. */
const pairUnits = 0.08

export class RingDraft<H extends RingHost> {
  readonly #before: Ring<H>
  readonly #hosts: PagedListDraft<H | undefined>
  readonly #noted: NotedPairs
  #leaves: Pick<RingParts<RingHost>, 'bits' | 'directory' | 'depths'>
  #size: number
  /** No slot below it is free. */
  #firstFree: number

  constructor(before: Ring<H>) {
    const { hosts, size } = before.parts
    this.#before = before
    this.#hosts = hosts.edit()
    this.#noted = new NotedPairs((slot) => this.#nameOf(slot))
    this.#leaves = before.parts
    this.#size = size
    this.#firstFree = before.hostCount === hosts.length ? hosts.length : 0
  }

  /** Whether so many pairs are noted that they should be merged before there are more. */
  get isFull(): boolean {
    return this.#noted.count >= Math.max(notedPairsMin, this.#size * notedShare)
  }

  /** Adds a host that is not on the ring. @param nodes all its virtual nodes */
  add(host: H, nodes: Uint32Array): void {
    const slot = this.#takeSlot(host)
    for (let i = 0; i < nodes.length; i += 2) this.#noted.come(nodes[i]!, nodes[i + 1]!, slot)
    this.#size += nodes.length / 2
  }

  /**
   * Takes a host off the ring.
   *
   * @param nodes all its virtual nodes
   * @throws Error when it is not on the ring: a bug
   */
  remove(name: string, nodes: Uint32Array): void {
    const slot = this.#slotOf(name, nodes)
    this.#hosts.set(slot, undefined)
    for (let i = 0; i < nodes.length; i += 2) this.#noted.go(nodes[i]!, nodes[i + 1]!, slot)
    this.#size -= nodes.length / 2
  }

  /**
   * Puts the host in place of that of the same name: its positions stay.
   *
   * @param nodes the first of its virtual nodes, or all of them
   * @throws Error when it is not on the ring: a bug
   */
  replace(host: H, nodes: Uint32Array): void {
    this.#hosts.set(this.#slotOf(host.name, nodes), host)
  }

  /** Merges what was noted so far. */
  *merge(): Slices<void> {
    if (this.#noted.count === 0) return
    const order = yield* this.#noted.inOrder()
    const { directory, depths, bits } = this.#leaves
    const writer = new LeafWriter(directory, depths, bits, this.#size)
    yield* writer.write(this.#noted, order)
    this.#leaves = writer.finish()
    this.#noted.clear()
  }

  /** The ring with all that was noted. The draft is of no use afterwards. */
  *finish(): Slices<Ring<H>> {
    yield* this.merge()
    const { bits, directory, depths } = this.#leaves
    const { factor } = this.#before
    const hosts = this.#hosts.finish()
    const ring = new Ring<H>({ factor, size: this.#size, bits, directory, depths, hosts })
    return isSparse(ring) ? yield* compacted(ring) : ring
  }

  /** Takes over the pairs of a ring whose hosts are here already, under other slots. */
  *adopt(ring: Ring<H>, slots: Uint32Array): Slices<void> {
    for (const leaf of ring.leaves()) {
      const count = pairsIn(leaf)
      for (let at = 0; at < count; at += 1) {
        this.#noted.come(leaf[at]!, leaf[count + at]!, slots[leaf[2 * count + at]!]!)
      }
      this.#size += count
      yield 1 + count * pairUnits
      if (this.isFull) yield* this.merge()
    }
  }

  /** Puts a host into the first free slot, or behind the last. */
  #takeSlot(host: H): number {
    const before = this.#before.parts.hosts
    let slot = this.#firstFree
    // A slot that got free in this draft may still be that of noted pairs.
    while (slot < before.length && (this.#hosts.get(slot) ?? before.get(slot)) !== undefined) {
      slot += 1
    }
    if (slot >= before.length) slot = this.#hosts.length
    this.#hosts.set(slot, host)
    this.#firstFree = slot + 1
    return slot
  }

  #slotOf(name: string, nodes: Uint32Array): number {
    const slot = this.#before.slotOf(name, nodes)
    if (slot < 0) throw new Error(`host ${name} is not on the ring`)
    return slot
  }

  #nameOf(slot: number): string {
    return (this.#hosts.get(slot) ?? this.#before.parts.hosts.get(slot))!.name
  }
}

/** Whether the ring shrank so far that what it lies in is mostly empty. */
function isSparse<H extends RingHost>({ parts, hostCount }: Ring<H>): boolean {
  const { size, directory, hosts } = parts
  const sparse = directory.length > 2 && size * sparseEntries < directory.length * pairsPerEntryMin
  return sparse || hosts.length > slotsSparseMin + hostCount * slotsPerHostMax
}

/** The same ring made anew, as large as it has to be. */
function* compacted<H extends RingHost>(ring: Ring<H>): Slices<Ring<H>> {
  const { factor, hosts } = ring.parts
  const slots = new Uint32Array(hosts.length)
  const kept: H[] = []
  for (let slot = 0; slot < hosts.length; slot += 1) {
    const host = hosts.get(slot)
    if (host === undefined) continue
    slots[slot] = kept.length
    kept.push(host)
  }
  const { parts } = Ring.empty<H>(factor)
  const draft = new RingDraft(new Ring<H>({ ...parts, hosts: PagedList.of(kept) }))
  yield* draft.adopt(ring, slots)
  return yield* draft.finish()
}
