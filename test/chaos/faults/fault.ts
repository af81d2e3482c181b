/** What can befall a cluster, as data: a plan is made of it, the injector does it. */

/** A replica by its id, or by its role when the fault begins. */
export type Who = number | 'leader' | 'follower'

/** Of what is sent by a replica, what is sent to it, or both. */
export type Ways = 'both' | 'out' | 'in'

export type Fault =
  /** kill -9, and started again at the end. */
  | { readonly kind: 'kill'; readonly what: 'replica' | 'postgres'; readonly who: Who }
  /** SIGSTOP, and SIGCONT at the end. */
  | { readonly kind: 'freeze'; readonly what: 'replica' | 'postgres'; readonly who: Who }
  /** Stopped in good order, and started again at the end. */
  | { readonly kind: 'stop'; readonly what: 'replica' | 'postgres'; readonly who: Who }
  | { readonly kind: 'kill-all'; readonly what: 'replicas' | 'databases' }
  | { readonly kind: 'kill-nats' }
  | { readonly kind: 'freeze-nats' }
  /** Between a replica and one other, or all others. */
  | { readonly kind: 'cut-peers'; readonly who: Who; readonly from: 'one' | 'all'; ways: Ways }
  | { readonly kind: 'slow-peers'; readonly who: Who; readonly delayMs: number }
  /** `out`: what the replica asks of its Postgres; `in`: the answers. */
  | { readonly kind: 'cut-postgres'; readonly who: Who; readonly ways: Ways }
  | { readonly kind: 'slow-postgres'; readonly who: Who; readonly delayMs: number }
  | { readonly kind: 'cut-nats'; readonly who: Who; readonly ways: Ways }
  /** Between all hosts and callers, and a replica. */
  | { readonly kind: 'cut-hosts'; readonly who: Who; readonly ways: Ways }
  /** Between these hosts, by their numbers from 0, and all replicas and NATS. */
  | { readonly kind: 'isolate-hosts'; readonly hosts: readonly number[]; readonly ways: Ways }
  | { readonly kind: 'slow-hosts'; readonly hosts: readonly number[]; readonly delayMs: number }
  /** Of calls between hosts, all that go to these. */
  | { readonly kind: 'cut-calls'; readonly hosts: readonly number[]; readonly ways: Ways }
  /** Connections are reset at once, and may be made again. */
  | { readonly kind: 'reset'; readonly what: 'peers' | 'postgres'; readonly who: Who }
  /** Of a process with actors, by its number from 0. */
  | { readonly kind: 'kill-host' | 'freeze-host' | 'stop-host'; readonly host: number }
  /** No fault, but a burden: what they own moves to others, and back at the end. */
  | { readonly kind: 'cordon-hosts'; readonly hosts: readonly number[] }
  /** Each replica in turn is stopped in good order and started again. */
  | { readonly kind: 'roll' }
  /** No fault, but a burden: leadership goes to somebody else. */
  | { readonly kind: 'transfer' }
  | { readonly kind: 'snapshot'; readonly who: Who }

/** Faults that begin together or one after the other, and end each by itself. */
export interface Episode {
  /** Pause before it, in ms. */
  readonly afterMs: number
  readonly faults: readonly {
    readonly fault: Fault
    /** From the beginning of the episode, in ms. */
    readonly startMs: number
    readonly lastsMs: number
  }[]
}

/** Of the replicas, as they are started: its default, in ms. */
const electionTimeoutMs = 1_000

/**
 * Numbers of the hosts that a fault has hold of, if not of others as well: all `count` of them if
 * no leader can lead while it lasts, which may be longer than their leases.
 */
export function hostsOf(fault: Fault, count: number): readonly number[] {
  if ('host' in fault) return [fault.host]
  if ('hosts' in fault) return fault.hosts
  const isSlow = fault.kind === 'slow-peers' && 2 * fault.delayMs >= electionTimeoutMs
  const noneLeads = isSlow || fault.kind === 'kill-all'
  return noneLeads ? Array.from({ length: count }, (_, host) => host) : []
}

export function describeFault(fault: Fault): string {
  const { kind, ...details } = fault
  return [kind, ...Object.entries(details).map(([name, value]) => `${name}=${value}`)].join(' ')
}
