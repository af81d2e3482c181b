/** What hosts cost the machines of replicas, at a thousand, ten thousand and a hundred thousand. */
import type { BenchContext, Benchmark, Figure } from '../harness/benchmark.js'
import { runProgram } from '../harness/program.js'
import { type MachineRun, type Phase, phases } from '../machine/life.js'

const compared = `
Three replica machines live in one process, with links, disks and a clock of our own in place of
sockets, Postgres and time (\`test/replica/support\`). Hosts that cost nearly nothing say hello,
send heartbeats every 2.5 s, and acknowledge every round. With 50 type sets each host has one
type that all have, and one of 50. What is counted is the CPU that the machines took for their
inputs, per host:

- **join**: all hosts at once, until the table that has all of them is disseminated;
- **heartbeat**: one heartbeat of each host, answered;
- **acknowledgement**: the round of one more join, which each host acknowledges;
- **expiry**: a fifth of the hosts falls silent, until the table without them is disseminated;
- **election**: the leader is gone, until the next one has heard all hosts;
- **restore**: a replica that was away takes the state from the leader, and makes its rings;
- **snapshot**: a replica copies its state;
- **restart**: a replica takes its state from its own disk, the log behind the snapshot applied,
  rings made.

The reference is the same at 1,000 hosts, in a process that did it before.
`
const sizes = [1_000, 10_000, 100_000]
const quickSizes = [100, 200]
const typeSets = [1, 50]
const quickTypeSets = [50]
/** A small cluster is over so soon that the collector decides what it took: the least of some. */
const smallRuns = 5
const timeoutMs = 3_600_000
const heapMiB = 12_288

const fairness = `
A cost that is flat has a ratio of 1: every line is against the smallest size of the same
repetition. Each size has a process of its own, in which a cluster of 1,000 hosts was run before,
so that no size pays for the compiler. Of the smallest size the least cost of ${smallRuns} runs
counts, which is the hardest reference. The collector's work counts in costs; it does not in the
longest input, for when it runs is not that input's doing. It has the memory of three replicas
and all hosts to look after, three times as much as in a real process. CPU is told as on a
machine on which 8,000 BLAKE2b hashes of 1 KiB take 20 ms, measured before each run. Left out is
all that is not the machines: sockets, TLS, SQL, signatures. What the leader holds in memory is
what the process has less without it; virtual nodes, a memory of bounded size that replicas share
here, are not in it.
`

const restartMsMax = 3_000
const inputMsMax = 50
const hostBytesMax = 2_048
const ratioMax = 1.3

async function measure(hosts: number, types: number, isSmall: boolean): Promise<MachineRun> {
  const runs = isSmall ? smallRuns : 1
  return await runProgram<MachineRun>('machine', {
    args: ['--hosts', String(hosts), '--types', String(types), '--runs', String(runs)],
    nodeArgs: ['--expose-gc', `--max-old-space-size=${heapMiB}`],
    timeoutMs,
  })
}

type Runs = ReadonlyMap<number, readonly MachineRun[]>

/** By size; the sizes take turns. */
async function runsOf(bench: BenchContext, types: number): Promise<Runs> {
  const runs = new Map<number, MachineRun[]>()
  const all = bench.isQuick ? quickSizes : sizes
  for (let repetition = 0; repetition < bench.repetitions; repetition += 1) {
    for (const hosts of all) {
      bench.say(`${hosts} hosts, ${types} type sets, ${repetition + 1} of ${bench.repetitions}`)
      const run = await measure(hosts, types, hosts === all[0] && !bench.isQuick)
      runs.set(hosts, [...(runs.get(hosts) ?? []), run])
    }
  }
  return runs
}

function figuresOf(runs: Runs, types: number): readonly Figure[] {
  const [[small, reference] = [0, []], ...larger] = runs
  const of = (hosts: number) => `${hosts.toLocaleString('en')} hosts × ${types}`
  const perHost = (phase: Phase, hosts: number, list: readonly MachineRun[]) =>
    list.map((run) => (run.phases[phase].cpuMs * 1_000) / hosts)
  const costs = phases.flatMap((phase) =>
    larger.map(([hosts, list]): Figure => {
      const samples = perHost(phase, small, reference)
      return {
        ...{ what: `${phase}, ${of(hosts)}`, unit: 'µs CPU a host' },
        samples: perHost(phase, hosts, list),
        reference: { what: `${small.toLocaleString('en')} hosts`, samples },
        target: { of: 'ratio', atMost: ratioMax },
      }
    }),
  )
  return [...costs, ...larger.flatMap(([hosts, list]) => wholes(of(hosts), hosts, list))]
}

/** What counts by itself, without a reference. */
function wholes(of: string, hosts: number, list: readonly MachineRun[]): readonly Figure[] {
  const figure = (what: string, unit: string, atMost: number, value: (run: MachineRun) => number) =>
    ({
      what: `${what}, ${of}`,
      unit,
      samples: list.map(value),
      target: { of: 'value', atMost },
    }) as const
  return [
    figure('longest input', 'ms CPU', inputMsMax, ({ phases: all }) =>
      Math.max(...Object.values(all).map(({ longestMs }) => longestMs)),
    ),
    figure('restart', 'ms CPU', restartMsMax, ({ phases: all }) => all.restart.cpuMs),
    figure(
      'memory of the leader',
      'bytes a host',
      hostBytesMax,
      ({ leaderBytes }) => leaderBytes / hosts,
    ),
    figure('elections that nobody asked for', '', 0, ({ lostOffices }) => lostOffices),
  ]
}

export const machine: Benchmark = {
  name: 'machine',
  summary: 'replica machines without sockets at 1,000 to 100,000 hosts',
  compared,
  fairness,
  repetitions: 3,
  run: async (bench) => {
    const figures: Figure[] = []
    for (const types of bench.isQuick ? quickTypeSets : typeSets)
      figures.push(...figuresOf(await runsOf(bench, types), types))
    return figures
  },
}
