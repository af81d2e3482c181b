/** A state machine that is fed with commands, for tests. */

import type { Command, RemoveReason } from '../../src/fsm/command.js'
import { encodeCommand } from '../../src/fsm/command-codec.js'
import type { CommandResult } from '../../src/fsm/command-result.js'
import { type Applied, PlacementState } from '../../src/fsm/placement-state.js'
import { defaultSettings } from '../../src/fsm/settings.js'
import { createHasher } from '../../src/hash/hasher.js'
import type { Entry } from '../../src/raft/core/entry.js'
import { createTableContext, type TableContext } from '../../src/table/table-context.js'
import { hashOf } from '../support/secrets.js'

export const lineage = '11111111-2222-4333-8444-555555555555'

/** The host's uuid of its run number `run`. */
export function instanceOf(run: number): string {
  return `00000000-0000-4000-8000-${String(run).padStart(12, '0')}`
}

export interface HostInput {
  readonly name: string
  readonly run?: number
  /** Of the instance, where it is not given. */
  readonly secret?: string
  readonly types?: readonly string[]
  readonly appId?: string
  readonly namespace?: string
  readonly level?: number
}

export function hostOf(input: HostInput) {
  const { name, run = 1, types = ['Cart'], appId = 'app', namespace = 'default', level = 1 } = input
  const instance = instanceOf(run)
  const secretHash = hashOf(input.secret ?? instance)
  return { namespace, name, instance, secretHash, appId, types, level }
}

export class Replica {
  readonly state: PlacementState
  /** All entries so far, to be fed to other replicas. */
  readonly entries: Entry[] = []
  readonly context: TableContext
  term = 1
  /** Wall clock that goes into the commands. */
  atMs = 1_700_000_000_000

  constructor(context: TableContext) {
    this.context = context
    this.state = new PlacementState(context)
  }

  /** A cluster with its genesis and first leader applied. */
  static async begun(settings = defaultSettings): Promise<Replica> {
    const replica = new Replica(createTableContext(await createHasher()))
    replica.begin(settings)
    return replica
  }

  begin(settings = defaultSettings): this {
    const { atMs, term } = this
    this.run({
      kind: 'genesis',
      atMs,
      clusterId: 'c-1',
      cluster: 'test',
      lineage,
      level: 1,
      settings,
    })
    this.run({ kind: 'lead', atMs, term, replica: 1, key: 'k'.repeat(43) })
    return this
  }

  /** The cluster takes a feature level that hosts have no part in. */
  raise(level: number): this {
    const { atMs } = this
    this.run({ kind: 'level', atMs, level, tableLevel: this.context.levels.ofTables(level) })
    return this
  }

  get namespace() {
    const namespace = this.state.namespace('default')
    if (namespace === undefined) throw new Error('there is no namespace "default"')
    return namespace
  }

  run(command: Command, key?: string): Applied {
    const logged = key === undefined ? { command } : { command, key }
    return this.apply({ kind: 'command', data: encodeCommand(logged, this.state.level) })
  }

  apply(entry: Pick<Entry, 'kind' | 'data'>): Applied {
    const whole = { index: this.state.appliedIndex + 1, term: this.term, ...entry }
    const applied = this.state.apply(whole)
    if (applied === null) throw new Error('the entry was skipped')
    this.entries.push(whole)
    return applied
  }

  result<K extends CommandResult['kind']>(
    kind: K,
    { result }: Applied,
  ): Extract<CommandResult, { kind: K }> {
    if (result?.kind !== kind) throw new Error(`the result is ${JSON.stringify(result)}`)
    return result as Extract<CommandResult, { kind: K }>
  }

  upsert(...hosts: readonly HostInput[]) {
    const { atMs, term } = this
    return this.result('upsert', this.run({ kind: 'upsert', atMs, term, hosts: hosts.map(hostOf) }))
      .hosts
  }

  remove(name: string, epoch: number, reason: RemoveReason = 'left', refuseMs?: number): boolean {
    const { atMs, term } = this
    const host = { namespace: 'default', name, epoch, reason }
    const hosts = [refuseMs === undefined ? host : { ...host, refuseMs }]
    const { hosts: outcomes } = this.result(
      'remove',
      this.run({ kind: 'remove', atMs, term, hosts }),
    )
    return outcomes[0]?.removed ?? false
  }

  /** Other types of a member, by its epoch unless another one is given. */
  retype(name: string, number: number, types: readonly string[], epoch = this.epochOf(name)) {
    const { atMs, term } = this
    const hosts = [{ namespace: 'default', name, epoch, number, types }]
    return this.result('retype', this.run({ kind: 'retype', atMs, term, hosts })).hosts[0]!
  }

  disseminate(generation: number, namespace = 'default') {
    const { atMs, term } = this
    return this.result(
      'disseminated',
      this.run({ kind: 'disseminated', atMs, term, namespace, generation }),
    )
  }

  cordon(name: string, cordoned = true, namespace = 'default') {
    const { atMs } = this
    return this.result('cordon', this.run({ kind: 'cordon', atMs, namespace, name, cordoned }))
  }

  epochOf(name: string): number {
    return this.namespace.member(name)?.epoch ?? 0
  }
}
