/**
 * The virtual nodes of hosts: number i of a host stands at `hash(name + decimal(i))`, without a
 * separator (design §4). They cost a hash each, so those of the hosts asked for last are kept: a
 * host that came or went is looked for on several rings. Whoever goes through many hosts asks for
 * each of them once, and nothing is kept.
 */
import type { Hasher } from '../hash/hasher.js'

/** Hosts whose nodes are kept; beyond it the oldest are forgotten and hashed again when needed. */
const hostsKeptMax = 1024

export class VirtualNodes {
  readonly #hasher: Hasher
  readonly #kept = new Map<string, Uint32Array>()
  #once = new Uint32Array()

  constructor(hasher: Hasher) {
    this.#hasher = hasher
  }

  /** Two uint32 for each virtual node, upper half first, in the order of their numbers. */
  of(name: string, factor: number): Uint32Array {
    const kept = this.#kept.get(name)
    if (kept !== undefined && kept.length === factor * 2) return kept
    const nodes = new Uint32Array(factor * 2)
    this.#hasher.hashNumbered(name, factor, nodes)
    this.#keep(name, nodes)
    return nodes
  }

  /** The same, without keeping them; what it gives is overwritten by the next call. */
  once(name: string, factor: number): Uint32Array {
    const kept = this.#kept.get(name)
    if (kept !== undefined && kept.length === factor * 2) return kept
    if (this.#once.length !== factor * 2) this.#once = new Uint32Array(factor * 2)
    this.#hasher.hashNumbered(name, factor, this.#once)
    return this.#once
  }

  #keep(name: string, nodes: Uint32Array): void {
    if (this.#kept.size >= hostsKeptMax && !this.#kept.has(name)) {
      const [oldest] = this.#kept.keys()
      if (oldest !== undefined) this.#kept.delete(oldest)
    }
    this.#kept.set(name, nodes)
  }
}
