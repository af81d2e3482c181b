/** What a lookup costs a caller, beside the hash of the same id. */
import type { Benchmark, Figure } from '../harness/benchmark.js'
import { runProgram } from '../harness/program.js'
import type { LookupRun } from '../lookup/questions.js'

const compared = `
A sidecar (\`berth/sidecar\`, as a host uses it) has a table of so many hosts, with a lease, and is
asked for actors: \`where\` (awaited), \`peek\` and \`owns\`. Each of 20,000 different ids is asked
for once in a turn; the types take turns. With 50 types each host has five of them. The reference is
the hash of the same ids, by the same function: whatever looks up by consistent hashing pays for
it. The npm package \`hashring\` stands beside: md5, as many points for each host, without its
memory of answers.
`
const fairness = `
- All five take turns in one process, seven times in each repetition; the median of the turns is
  the sample. CPU is counted, so whoever else runs on the machine takes nothing from either.
- Lookups include what users cannot leave out: the check of their arguments, the lease, the
  clocks. \`where\` includes the promise and its await.
- \`hashring\` knows no types, leases or moves; at ten thousand hosts it searches one ring, while
  Berth has one for each type.
- The table is at rest: during a round a key is looked up in two rings.
`

const sizes = [10, 1_000, 10_000]
const quickSizes = [10]
const typeCounts = [1, 50]
const questions = 20_000
const quickQuestions = 500
const ratioMax = 1.4
const timeoutMs = 600_000

function figuresOf(run: LookupRun, hosts: number, types: number): readonly Figure[] {
  const of = `${hosts.toLocaleString('en')} hosts × ${types}`
  const reference = { what: 'hash', samples: run.hash }
  const asked = (['where', 'peek', 'owns'] as const).map(
    (question): Figure => ({
      ...{ what: `${question}, ${of}`, unit: 'ns', samples: run[question], reference },
      target: { of: 'ratio', atMost: ratioMax },
    }),
  )
  const beside = { what: `peek, ${of}, beside hashring`, unit: 'ns', samples: run.peek }
  return [...asked, { ...beside, reference: { what: 'hashring', samples: run.hashring } }]
}

export const lookup: Benchmark = {
  name: 'lookup',
  summary: 'where, peek and owns beside the hash of the same id',
  ...{ compared, fairness, repetitions: 9 },
  run: async (bench) => {
    const figures: Figure[] = []
    for (const hosts of bench.isQuick ? quickSizes : sizes) {
      for (const types of typeCounts) {
        bench.say(`${hosts} hosts, ${types} types`)
        const args = {
          ...{ hosts, types, repetitions: bench.repetitions },
          questions: bench.isQuick ? quickQuestions : questions,
        }
        const run = await runProgram<LookupRun>('lookup', {
          args: Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]),
          timeoutMs,
        })
        figures.push(...figuresOf(run, hosts, types))
      }
    }
    return figures
  },
}
