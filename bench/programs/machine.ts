/**
 * Prints what the inputs of three replica machines cost with so many hosts. A cluster of the small
 * size goes before, which is not measured: the first one pays for the compiler.
 */
import { parseArgs } from 'node:util'
import { createHasher } from '../../src/hash/hasher.js'
import { InputClock } from '../../test/replica/support/input-clock.js'
import { exitWith } from '../../test/support/exit.js'
import { Life, leastOf, type MachineRun } from '../machine/life.js'

const warmUpHosts = 1_000

const { values } = parseArgs({
  options: {
    hosts: { type: 'string' },
    types: { type: 'string' },
    /** Of each phase the run in which it cost least counts. */
    runs: { type: 'string', default: '1' },
  },
})
const [hosts, types] = [Number(values.hosts), Number(values.types)]
const clock = new InputClock()
const hasher = await createHasher()
const run = async (count: number) =>
  (await Life.begin({ clock, hasher, hosts: count, types })).run()

await run(Math.min(hosts, warmUpHosts))
const runs: MachineRun[] = []
for (let at = 0; at < Number(values.runs); at += 1) runs.push(await run(hosts))
console.log(JSON.stringify(leastOf(runs)))
exitWith(0)
