/** All links between replicas: who dials whom, and what happens to links when ends come and go. */
import { type LinkParts, type PeerEnd, PeerLink } from './peer-link.js'

export class PeerLinks<F> {
  #parts: LinkParts
  readonly #ends = new Map<number, PeerEnd<F>>()
  /** Whom each wants to reach, whether it is there yet or not. */
  readonly #wanted = new Map<number, ReadonlySet<number>>()
  /** By sender, then by receiver. */
  readonly #links = new Map<number, Map<number, PeerLink<F>>>()

  constructor(parts: LinkParts) {
    this.#parts = parts
  }

  /** A replica that may be dialled from now on. */
  add(end: PeerEnd<F>): void {
    this.#ends.set(end.id, end)
    this.#links.set(end.id, new Map())
    for (const [from, wanted] of this.#wanted) if (wanted.has(end.id)) this.#connect(from, end.id)
  }

  /** From now on frames keep their order and arrive once. */
  calm(): void {
    const roughness = { lossChance: 0, repeatChance: 0, reorderChance: 0 }
    this.#parts = { ...this.#parts, roughness }
    for (const links of this.#links.values())
      for (const link of links.values()) link.calm(roughness)
  }

  /** Whom this replica sends to, from now on. */
  setPeers(from: number, ids: Iterable<number>): void {
    const links = this.#links.get(from)!
    const wanted = new Set(ids)
    wanted.delete(from)
    this.#wanted.set(from, wanted)
    for (const [id, link] of links) {
      if (wanted.has(id)) continue
      link.close()
      links.delete(id)
      // Its listener lets go of the one that comes from there as well.
      this.#links.get(id)?.get(from)?.break()
    }
    for (const id of wanted) this.#connect(from, id)
  }

  send(from: number, to: number, frame: F): boolean {
    return this.#links.get(from)?.get(to)?.send(frame) ?? false
  }

  /**
   * A process is gone. Call it after the process was killed.
   * @param isNoticed its machine lives on and says so; else silence tells, after a while
   */
  crashed(id: number, isNoticed: boolean): void {
    const own = this.#links.get(id)!
    for (const link of own.values()) link.close()
    own.clear()
    this.#wanted.delete(id)
    this.#ends.get(id)!.met.clear()
    for (const links of this.#links.values()) links.get(id)?.peerCrashed(isNoticed)
  }

  /** A process stands still: others close their connections with it when it does so for long. */
  paused(id: number): void {
    const { process } = this.#ends.get(id)!
    for (const link of this.#links.get(id)!.values()) link.closeWhen(() => process.isPaused)
    for (const links of this.#links.values()) links.get(id)?.closeWhen(() => process.isPaused)
  }

  pathChanged(from: number, to: number, isCut: boolean): void {
    this.#links.get(from)?.get(to)?.pathChanged(isCut)
  }

  /** The connection from one to the other breaks, and is made again. */
  break(from: number, to: number): void {
    this.#links.get(from)?.get(to)?.break()
  }

  #connect(from: number, to: number): void {
    const links = this.#links.get(from)!
    const end = this.#ends.get(to)
    if (links.has(to) || end === undefined) return
    links.set(to, new PeerLink(this.#ends.get(from)!, end, this.#parts))
  }
}
