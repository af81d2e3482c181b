/**
 * Host processes whose actors write into a table without fencing, and callers that ask where they
 * are. Tells whether an actor ever had two owners.
 */
import { fileURLToPath } from 'node:url'
import { eventually } from '../../support/eventually.js'
import type { FaultyProcess } from '../cluster/faulty-process.js'
import { planFaults } from '../faults/plan.js'
import type { Check, Ground, Workload, WorkloadKind } from '../workload.js'
import { Callers } from './callers.js'
import { hostNames, hostProcess, webSockets } from './host-process.js'
import {
  checkAdmissions,
  checkCallers,
  checkLateRows,
  checkMembers,
  checkOwners,
} from './verdict.js'
import { WorkTable } from './work-table.js'

const program = fileURLToPath(new URL('host-program.mjs', import.meta.url))
const joinMs = 120_000

export function hostsWorkload(hostCount: number): WorkloadKind {
  return {
    plan: (random) => planFaults(random, hostCount),
    // A host that is killed often must not be kept out by damping.
    settings: { admissionsPerMinuteMax: 0 },
    flags: ['--snapshot-entries', '400', '--trailing-entries', '200'],
    start: async (ground) => {
      const table = await WorkTable.start(ground)
      const names = await hostNames(hostCount)
      const hosts = await Promise.all(
        names.map((name, i) =>
          hostProcess(ground, i, (replicas, nats) => [
            ...[program, name, replicas.join(','), table.url, nats, String(i)],
          ]),
        ),
      )
      for (const host of hosts) {
        ground.owner.onTestFinished(() => host.kill())
        await host.start()
      }
      await eventually(
        'all hosts to join',
        async () => (await table.admissions()).length >= hostCount,
        joinMs,
      )
      const callers = await Callers.start(ground.owner, webSockets(ground), ground.onFinding)
      return new HostsWorkload(ground, { table, names, hosts, callers })
    },
  }
}

interface Parts {
  readonly table: WorkTable
  readonly names: readonly string[]
  readonly hosts: readonly FaultyProcess[]
  readonly callers: Callers
}

class HostsWorkload implements Workload {
  readonly #ground: Ground
  readonly #parts: Parts

  constructor(ground: Ground, parts: Parts) {
    this.#ground = ground
    this.#parts = parts
  }

  get hosts(): readonly FaultyProcess[] {
    return this.#parts.hosts
  }

  get hostNames(): readonly string[] {
    return this.#parts.names
  }

  /** The hosts go on until it is known that all of them are members again. */
  async stop(): Promise<void> {
    const { hosts, names, callers } = this.#parts
    const { cluster, rest } = this.#ground
    this.#members = await checkMembers(cluster, rest, names)
    await callers.stop()
    for (const stopped of await Promise.all(hosts.map((host) => host.stop()))) {
      if (!stopped) this.#ground.onFinding('a host did not stop well')
    }
  }

  #members: Check | null = null

  async check(): Promise<readonly Check[]> {
    const { cluster, rest } = this.#ground
    const { table, callers } = this.#parts
    return [
      ...(this.#members === null ? [] : [this.#members]),
      await checkOwners(table.rows()),
      checkLateRows(await table.lateRows()),
      await checkCallers(cluster, rest, callers.told),
      await checkAdmissions(cluster, rest, await table.admissions()),
      this.#checkCalls(),
    ]
  }

  async close(): Promise<void> {
    await this.#parts.callers.close()
    await this.#parts.table.stop()
  }

  figures(): Readonly<Record<string, number>> {
    const { callers } = this.#parts
    return { calls: callers.calls, 'slowest call, ms': Math.round(callers.slowestMs) }
  }

  #checkCalls(): Check {
    const { callers } = this.#parts
    const failures = [...callers.failures].map(([code, count]) => `${count} ${code}`).join(', ')
    const name = 'a caller waits and is not refused'
    return { name, outcome: failures === '' ? 'holds' : 'fails', detail: failures }
  }
}
