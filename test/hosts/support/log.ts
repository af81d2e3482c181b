/** A state machine of one replica, fed with commands; every command is committed at once. */
import type { Command, RemovedHost, UpsertedHost } from '../../../src/fsm/command.js'
import { encodeCommand } from '../../../src/fsm/command-codec.js'
import { PlacementState } from '../../../src/fsm/placement-state.js'
import { defaultSettings } from '../../../src/fsm/settings.js'
import { hashOf } from '../../support/secrets.js'
import { makeContext } from '../../table/tables.js'

export const lineage = '00000000-0000-4000-8000-000000000001'
export const key = 'A'.repeat(43)

export class Log {
  readonly state: PlacementState
  term = 1
  #instances = 0

  static async begin(): Promise<Log> {
    const log = new Log(new PlacementState(await makeContext()))
    log.commit({
      ...{ kind: 'genesis', atMs: 0, clusterId: lineage, cluster: 'test', lineage, level: 1 },
      settings: defaultSettings,
    })
    log.commit({ kind: 'lead', atMs: 0, term: 1, replica: 1, key })
    return log
  }

  private constructor(state: PlacementState) {
    this.state = state
  }

  commit(command: Command): number {
    const index = this.state.appliedIndex + 1
    const data = encodeCommand({ command }, 1)
    this.state.apply({ index, term: this.term, kind: 'command', data })
    return index
  }

  /** @returns epoch of the new member */
  join(name: string, more: Partial<UpsertedHost> = {}): number {
    this.#instances += 1
    const instance = `00000000-0000-4000-9000-${String(this.#instances).padStart(12, '0')}`
    const who = { namespace: 'default', name, instance, secretHash: hashOf(instance) }
    const host = { ...who, appId: 'app', types: ['Order'], level: 1, ...more }
    return this.commit({ kind: 'upsert', atMs: 0, term: this.term, hosts: [host] })
  }

  remove(name: string, epoch: number, reason: RemovedHost['reason']): void {
    const host = { namespace: 'default', name, epoch, reason }
    this.commit({ kind: 'remove', atMs: 0, term: this.term, hosts: [host] })
  }

  /** Records the round to the newest generation. */
  disseminate(): void {
    const generation = this.state.namespace('default')!.newest
    const { term } = this
    this.commit({ kind: 'disseminated', atMs: 0, term, namespace: 'default', generation })
  }
}
