/**
 * The virtual nodes of hosts: number i of a host stands at `hash(name + decimal(i))`, without a
 * separator (design §4). Kept for the hosts seen last, because one host stands on the rings of
 * several types and its nodes cost a hash each.
 */
import type { Hasher } from '../hash/hasher.js'

/** Hosts whose nodes are kept; beyond it the oldest are forgotten and hashed again when needed. */
const hostsKeptMax = 16_384

export class VirtualNodes {
  private readonly hasher: Hasher
  private readonly kept = new Map<string, Uint32Array>()

  constructor(hasher: Hasher) {
    this.hasher = hasher
  }

  /** Two uint32 for each virtual node, upper half first, in the order of their numbers. */
  of(name: string, factor: number): Uint32Array {
    const kept = this.kept.get(name)
    if (kept !== undefined && kept.length === factor * 2) return kept
    const nodes = new Uint32Array(factor * 2)
    this.hasher.hashNumbered(name, factor, nodes)
    this.keep(name, nodes)
    return nodes
  }

  private keep(name: string, nodes: Uint32Array): void {
    if (this.kept.size >= hostsKeptMax && !this.kept.has(name)) {
      const [oldest] = this.kept.keys()
      if (oldest !== undefined) this.kept.delete(oldest)
    }
    this.kept.set(name, nodes)
  }
}
