/**
 * The promise, checked after every event for a sample of actors.
 *
 * Runs: an actor runs on a host while the host owns it by its own clocks at this instant, and while
 * the host lets go of it or stops it because its lease is over. The last is what the fence margin
 * is for; a process that stood still meanwhile is left out of it, for it cannot have stopped
 * anything.
 *
 * - At most one host runs an actor.
 * - Whoever is said to be the owner is it by a committed table that was disseminated.
 * - No sidecar holds a table that was not committed, and none goes back.
 * - The token of an actor rises whenever it changes hands, and never falls.
 */

import type { MachineState } from '../../../src/sidecar/state.js'
import { fail } from '../kernel/invariant-failure.js'
import type { Committed } from './committed.js'
import type { SimHost } from './host.js'

export interface Actor {
  readonly type: string
  readonly id: string
}

/** What was seen of one actor on one host. */
interface Seen {
  runs: boolean
  /** Counts of the host when it owned the actor last. */
  obeyed: number
  pauses: number
  releases: number
}

interface Token {
  readonly value: number
  /** Whose. */
  readonly owner: string
}

export class Ownership {
  readonly #committed: Committed
  readonly #actors: readonly Actor[]
  /** Of the run of each host that is up. */
  readonly #seen = new Map<SimHost, { readonly instance: string; readonly actors: Seen[] }>()
  readonly #generations = new Map<string, number>()
  /** By namespace and actor. */
  readonly #tokens = new Map<string, Token>()

  constructor(committed: Committed, actors: readonly Actor[]) {
    this.#committed = committed
    this.#actors = actors
  }

  /** Actors that run somewhere, as last seen. */
  get running(): number {
    let count = 0
    for (const { actors } of this.#seen.values()) {
      count += actors.filter(({ runs }) => runs).length
    }
    return count
  }

  /** After every event at a host. */
  look(host: SimHost): void {
    const { machine } = host
    if (machine === null) {
      this.#seen.delete(host)
      return
    }
    const state = machine.state(host.stamp)
    this.#checkTable(host, state)
    if (host.kind.host === undefined) return
    const seen = this.#seenAt(host)
    this.#actors.forEach((actor, i) => {
      const one = seen[i]!
      one.runs = this.#runs(host, actor, one)
      if (one.runs) this.#checkToken(host, actor, state)
      if (one.runs) this.#checkAlone(host, actor, i)
    })
  }

  /** A caller at a host or observer asks where an actor is. */
  ask(host: SimHost, { type, id }: Actor): void {
    const { machine, kind } = host
    if (machine === null) return
    const lookup = machine.lookup(type, id, host.stamp)
    if (lookup.kind !== 'owner') return
    const { namespace } = kind
    const { generation, member } = lookup
    const owner = this.#committed.table(namespace, generation)?.owner(type, id)
    if (owner?.name !== member.name || owner.epoch !== member.epoch) {
      fail('answers', `${host.name} names ${member.name} for ${type}/${id} of ${generation}`)
    }
    if (generation > this.#committed.disseminated(namespace)) {
      fail('answers', `${host.name} answers by ${generation}, which is not disseminated`)
    }
  }

  #runs(host: SimHost, actor: Actor, seen: Seen): boolean {
    const { machine, stamp } = host
    const { type, id } = actor
    if (machine?.owns(type, id, stamp)) {
      seen.obeyed = host.obeyed
      seen.pauses = host.pauses
      seen.releases = host.releases
      return true
    }
    if (!seen.runs || machine === null || host.obeyed !== seen.obeyed) return false
    if (!machine.state(stamp).isFenced) {
      return host.isReleasing(type, id, seen.releases)
    }
    return !host.process.isPaused && host.pauses === seen.pauses
  }

  #checkAlone(host: SimHost, actor: Actor, place: number): void {
    for (const [other, { instance, actors }] of this.#seen) {
      const seen = actors[place]!
      if (other === host || !seen.runs || other.instance !== instance) continue
      if (other.kind.namespace !== host.kind.namespace) continue
      if (!this.#runs(other, actor, seen)) {
        seen.runs = false
        continue
      }
      const both = [host, other].map((each) => describe(each)).join(' and ')
      fail('one owner', `${actor.type}/${actor.id} runs on ${both}`)
    }
  }

  #checkToken(host: SimHost, { type, id }: Actor, { epoch }: MachineState): void {
    const value = host.machine?.token(type, id, host.stamp) ?? null
    if (value === null) return
    const key = `${host.kind.namespace}/${type}/${id}`
    const owner = `${host.name}#${epoch}`
    const before = this.#tokens.get(key)
    if (before?.value === value && before.owner === owner) return
    if (before !== undefined) {
      const rises = before.owner === owner ? value >= before.value : value > before.value
      if (!rises) {
        fail('tokens', `${key}: ${before.value} of ${before.owner}, then ${value} of ${owner}`)
      }
    }
    this.#tokens.set(key, { value, owner })
  }

  #checkTable(host: SimHost, { generation, digest }: MachineState): void {
    const { kind, instance } = host
    if (generation === null) return
    const before = this.#generations.get(instance) ?? -1
    if (generation === before) return
    if (generation < before) {
      fail('generations rise', `${host.name} goes from ${before} to ${generation}`)
    }
    this.#generations.set(instance, generation)
    const committed = this.#committed.table(kind.namespace, generation)
    const isEmpty = generation === 0 && committed === undefined
    if (!isEmpty && committed?.digest !== digest) {
      fail('whole tables', `${host.name} holds a table ${generation} that was not committed`)
    }
    if (generation > this.#committed.disseminated(kind.namespace)) {
      fail('unlocked', `${host.name} took over ${generation} before it was disseminated`)
    }
  }

  #seenAt(host: SimHost): Seen[] {
    const { instance } = host
    const known = this.#seen.get(host)
    if (known?.instance === instance) return known.actors
    const actors = this.#actors.map(() => ({ runs: false, obeyed: 0, pauses: 0, releases: 0 }))
    this.#seen.set(host, { instance, actors })
    return actors
  }
}

function describe(host: SimHost): string {
  const { machine, name, stamp } = host
  if (machine === null) return name
  const { epoch, generation, leaseLeftMs, phase } = machine.state(stamp)
  const lease = leaseLeftMs > 0 ? `lease ${Math.round(leaseLeftMs)} ms` : 'being stopped'
  return `${name} (epoch ${epoch}, generation ${generation}, ${phase}, ${lease})`
}
