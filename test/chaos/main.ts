/**
 *     npm run chaos -- --minutes 10 [--hosts [--host-count 20]] [--seed N] [--folder F]
 *
 * Without `--hosts` clients write and read over REST, with it host processes run actors. Exit code:
 * 0 all holds, 1 something does not, 2 it could not be decided.
 */
import { randomInt } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { exitWith } from '../support/exit.js'
import { runChaos } from './chaos.js'
import { clientsWorkload } from './clients/clients-workload.js'
import { hostsWorkload } from './hosts/hosts-workload.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    hosts: { type: 'boolean', default: false },
    'host-count': { type: 'string', default: '20' },
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
  workload: values.hosts ? hostsWorkload(Number(values['host-count'])) : clientsWorkload,
  onLine: (line) => console.log(line),
})
for (const [name, figure] of Object.entries(figures)) console.log(`${name}: ${figure}`)
console.log(`${outcome}: seed ${seed}, logs in ${folder}`)
exitWith({ holds: 0, fails: 1, undecided: 2 }[outcome])
