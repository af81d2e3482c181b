/** What runs against a cluster while faults befall it, and what must be true of it afterwards. */
import type { Settings } from '../../src/fsm/settings.js'
import type { Random } from '../simulation/kernel/random.js'
import type { Owner } from '../support/owner.js'
import type { RestClient } from './clients/rest-client.js'
import type { ChaosCluster } from './cluster/chaos-cluster.js'
import type { FaultyProcess } from './cluster/faulty-process.js'
import type { Episode } from './faults/fault.js'
import type { Affliction } from './faults/injector.js'
import type { Journal } from './journal.js'

export interface Check {
  readonly name: string
  readonly outcome: 'holds' | 'fails' | 'undecided'
  readonly detail: string
}

/** What a run lends to its workload. */
export interface Ground {
  readonly seed: number
  readonly cluster: ChaosCluster
  readonly rest: RestClient
  readonly journal: Journal
  /** Ends what the workload leaves. */
  readonly owner: Owner
  /** Something happened that no fault explains. */
  onFinding(what: string): void
}

export interface Workload {
  /** What befell hosts, once all is lifted. */
  afflicted?(afflictions: readonly Affliction[]): void
  /** Processes of its own that faults may befall. */
  readonly hosts: readonly FaultyProcess[]
  /** As members of namespace `default`, in the same order. */
  readonly hostNames: readonly string[]
  /** Nothing further is begun; done when what is under way has ended. */
  stop(): Promise<void>
  /** After all is healed and quiet. */
  check(): Promise<readonly Check[]>
  /** Ends its processes and connections in good order. */
  close(): Promise<void>
  figures(): Readonly<Record<string, number>>
}

export interface WorkloadKind {
  /** Of the cluster. */
  readonly settings: Partial<Settings>
  /** More flags of the replicas. */
  readonly flags: readonly string[]
  /** Faults of a run, without end. */
  plan(random: Random): Iterable<Episode>
  /** Done when all of it is at work. */
  start(ground: Ground): Promise<Workload>
}
