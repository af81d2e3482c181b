/**
 *     npm run chaos -- --minutes 10 [--hosts | --calls] [--host-count N] [--seed N] [--folder F]
 *
 * Clients write and read over REST; with `--hosts` host processes run actors (20 of them unless
 * said otherwise), with `--calls` they call one another's (8, and 200 calls a second in all). Exit
 * code: 0 all holds, 1 something does not, 2 it could not be decided.
 */
import { randomInt } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { exitWith } from '../support/exit.js'
import { callsWorkload } from './calls/calls-workload.js'
import { runChaos } from './chaos.js'
import { clientsWorkload } from './clients/clients-workload.js'
import { hostsWorkload } from './hosts/hosts-workload.js'
import type { WorkloadKind } from './workload.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    hosts: { type: 'boolean', default: false },
    calls: { type: 'boolean', default: false },
    'host-count': { type: 'string' },
    seed: { type: 'string' },
    folder: { type: 'string' },
  },
})
const seed = values.seed === undefined ? randomInt(1_000_000) : Number(values.seed)
const seconds = Math.round(Number(values.minutes) * 60)
if (!Number.isSafeInteger(seed) || !(seconds > 0)) {
  console.error('chaos: --minutes is a number above 0, --seed a whole number')
  process.exit(1)
}
const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
const folder = resolve(values.folder ?? join(tmpdir(), `berth-chaos-${stamp}-${seed}`))
const { outcome, figures } = await runChaos({
  ...{ seconds, seed, folder },
  workload: workloadOf(values),
  onLine: (line) => console.log(line),
})
for (const [name, figure] of Object.entries(figures)) console.log(`${name}: ${figure}`)
console.log(`${outcome}: seed ${seed}, logs in ${folder}`)
exitWith({ holds: 0, fails: 1, undecided: 2 }[outcome])

function workloadOf({ hosts, calls, 'host-count': count }: typeof values): WorkloadKind {
  if (calls) {
    return callsWorkload({ hostCount: Number(count ?? 8), perSecond: 200, slowestMs: 250 })
  }
  return hosts ? hostsWorkload(Number(count ?? 20)) : clientsWorkload
}
