/**
 * Host processes that call one another's actors, which are numbers in a database. Tells whether a
 * call was ever carried out twice, or lost behind an answer that said otherwise.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '../../support/eventually.js'
import type { FaultyProcess } from '../cluster/faulty-process.js'
import type { Affliction } from '../faults/injector.js'
import { planCallFaults } from '../faults/plan.js'
import { hostNames, hostProcess } from '../hosts/host-process.js'
import { checkMembers } from '../hosts/verdict.js'
import type { Check, Ground, Workload, WorkloadKind } from '../workload.js'
import type { SeenCall } from './call-record.js'
import { NumberTable } from './number-table.js'
import { checkEffects, checkNumbers, checkSpeed, tookMsOf, undisturbed } from './verdict.js'

/** Hosts take turns: one has its actors by the library, the next by a sidecar process. */
const programs = ['host-program.mjs', 'application-program.mjs'].map((name) =>
  fileURLToPath(new URL(name, import.meta.url)),
)
const joinMs = 120_000
/** Behind a fault a host joins again, and gets its share. */
const recoveryMs = 10_000

export interface CallsOptions {
  readonly hostCount: number
  /** Calls that all hosts begin in a second. */
  readonly perSecond: number
  /** What one of a thousand calls between undisturbed hosts may take; null: it is not judged. */
  readonly slowestMs: number | null
}

export function callsWorkload(options: CallsOptions): WorkloadKind {
  const { hostCount } = options
  return {
    plan: (random) => planCallFaults(random, hostCount),
    // A host that is killed often must not be kept out by damping.
    settings: { admissionsPerMinuteMax: 0 },
    flags: ['--snapshot-entries', '400', '--trailing-entries', '200'],
    start: async (ground) => {
      const table = await NumberTable.start(ground)
      const { ways } = ground.cluster
      // Hosts are called by the way of their calls, and listen behind it.
      const listening = await hostNames(hostCount)
      const names = await Promise.all(
        listening.map(async (address, i) => {
          const port = Number(address.split(':')[1])
          return `127.0.0.1:${await ways.port(ways.calls(i), port)}`
        }),
      )
      const rate = String(options.perSecond / hostCount)
      const hosts = await Promise.all(
        names.map((name, i) =>
          hostProcess(ground, i, (replicas, nats) => [
            ...[
              programs[i % programs.length]!,
              name,
              listening[i]!,
              replicas.join(','),
              table.url,
              nats,
              String(i),
            ],
            ...[rate, outcomesOf(ground, i)],
          ]),
        ),
      )
      for (const host of hosts) {
        ground.owner.onTestFinished(() => host.kill())
        await host.start()
      }
      const workload = new CallsWorkload(ground, { options, table, names, hosts })
      const all = () => workload.callers().size >= hostCount
      await eventually('a call by each host', all, joinMs)
      return workload
    },
  }
}

function outcomesOf({ journal }: Ground, i: number): string {
  return join(journal.folder, `calls-${i}.jsonl`)
}

interface Parts {
  readonly options: CallsOptions
  readonly table: NumberTable
  readonly names: readonly string[]
  readonly hosts: readonly FaultyProcess[]
}

class CallsWorkload implements Workload {
  readonly #ground: Ground
  readonly #parts: Parts
  /** Of the machine's clock behind that of the journal, in ms. */
  readonly #clockMs: number
  #afflictions: readonly Affliction[] = []
  #members: Check | null = null
  #seen: readonly SeenCall[] = []
  #undisturbed: readonly SeenCall[] = []

  constructor(ground: Ground, parts: Parts) {
    this.#ground = ground
    this.#parts = parts
    this.#clockMs = Number(process.hrtime.bigint() / 1_000n) / 1_000 - ground.journal.nowMs()
  }

  get hosts(): readonly FaultyProcess[] {
    return this.#parts.hosts
  }

  get hostNames(): readonly string[] {
    return this.#parts.names
  }

  /** Hosts of which a call was answered with 200. */
  callers(): ReadonlySet<number> {
    return new Set(
      this.#read()
        .filter(({ status }) => status === 200)
        .map(({ caller }) => caller),
    )
  }

  afflicted(afflictions: readonly Affliction[]): void {
    this.#afflictions = afflictions
  }

  async stop(): Promise<void> {
    const { hosts, names } = this.#parts
    const { cluster, rest, onFinding } = this.#ground
    this.#members = await checkMembers(cluster, rest, names)
    for (const stopped of await Promise.all(hosts.map((host) => host.stop()))) {
      if (!stopped) onFinding('a host did not stop well')
    }
  }

  async check(): Promise<readonly Check[]> {
    const { table, names, options } = this.#parts
    const additions = await table.additions()
    this.#seen = this.#read()
    const afflictions = this.#afflictions.map(({ host, fromMs, toMs }) => ({
      ...{ host, fromMs: fromMs + this.#clockMs, toMs: toMs + this.#clockMs + recoveryMs },
    }))
    this.#undisturbed = undisturbed(this.#seen, additions, { names, afflictions })
    const { slowestMs } = options
    return [
      ...(this.#members === null ? [] : [this.#members]),
      ...checkEffects(this.#seen, additions),
      ...checkNumbers(additions, await table.numbers()),
      ...(slowestMs === null ? [] : [checkSpeed(this.#undisturbed, slowestMs)]),
    ]
  }

  close(): Promise<void> {
    return this.#parts.table.stop()
  }

  figures(): Readonly<Record<string, number>> {
    const count = new Map<string, number>()
    for (const { status, code } of this.#seen) {
      const what = `calls: ${status} ${code ?? ''}`.trimEnd()
      count.set(what, (count.get(what) ?? 0) + 1)
    }
    const sorted = this.#undisturbed.map(tookMsOf).sort((a, b) => a - b)
    const at = (share: number) => Math.round(sorted[Math.floor(share * sorted.length)] ?? 0)
    return {
      ...Object.fromEntries(count),
      'calls between undisturbed hosts': sorted.length,
      'of these, p50, ms': at(0.5),
      'of these, p99, ms': at(0.99),
      'of these, p99.9, ms': at(0.999),
    }
  }

  /** A line that a process was killed in is left out. */
  #read(): readonly SeenCall[] {
    return this.#parts.hosts.flatMap((_, caller) => {
      const file = outcomesOf(this.#ground, caller)
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
      return lines.flatMap((line) => {
        try {
          return [{ ...JSON.parse(line), caller } as SeenCall]
        } catch {
          return []
        }
      })
    })
  }
}
