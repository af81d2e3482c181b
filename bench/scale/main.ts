/**
 * `npm run bench:scale`: how long a round takes for fleets that no machine here can hold, by the
 * model beside this file. Writes its table into docs/scale.md, which says where each cost is from.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Random } from '../../test/simulation/kernel/random.js'
import { quantile } from '../harness/statistics.js'
import { type Costs, type Fleet, type RoundResult, roundOf } from './model.js'

/** docs/scale.md says which are measured, and by what. */
export const costs: Costs = {
  delivery: 0.004,
  apply: 1,
  heartbeatAtReplica: 0.06,
  heartbeatAtLeader: 0.03,
  furtherHeartbeat: 0.002,
  commit: 3,
}

/** A data centre: 10 Gbit/s, a hop of 0.25 ms, one process in a hundred that stands still. */
export const dataCentre: Omit<Fleet, 'hosts'> = {
  replicas: 5,
  natsServers: 3,
  natsBytesPerMs: 1_250_000,
  orderBytes: 600,
  hopMs: 0.25,
  pausedShare: 0.01,
  pausedMs: 50,
  heartbeatMs: 1_000,
  gathered: 1,
}

const cases: readonly { readonly what: string; readonly change: Partial<Fleet> }[] = [
  { what: 'one group', change: {} },
  { what: '30 NATS servers', change: { natsServers: 30 } },
  { what: 'heartbeats every 5 s', change: { heartbeatMs: 5_000 } },
  { what: 'heartbeats of 100 hosts gathered', change: { gathered: 100, natsServers: 30 } },
  {
    what: 'gathered, and every 5 s',
    change: { gathered: 100, heartbeatMs: 5_000, natsServers: 200 },
  },
]
const sizes = [1_000, 10_000, 100_000, 1_000_000]
const seeds = 5

function row(what: string, hosts: number, results: readonly RoundResult[]): string {
  const median = (of: (result: RoundResult) => number) => quantile(results.map(of), 0.5)
  const load = median(({ leaderLoad }) => leaderLoad)
  const time = (ms: number) => (load >= 1 ? 'never' : `${Math.round(ms).toLocaleString('en')} ms`)
  const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`
  const cells = [
    ...[what, hosts.toLocaleString('en'), percent(load)],
    percent(median(({ replicaLoad }) => replicaLoad)),
    ...[time(median(({ appliedMs }) => appliedMs)), time(median(({ countedMs }) => countedMs))],
    time(median(({ roundMs }) => roundMs)),
  ]
  return `| ${cells.join(' | ')} |`
}

/** Rows of Markdown. */
function table(): readonly string[] {
  const rows = cases.flatMap(({ what, change }) =>
    sizes.map((hosts) => {
      const fleet = { ...dataCentre, hosts, ...change }
      const runs = Array.from({ length: seeds }, (_, seed) => new Random(seed + 1))
      return row(
        what,
        hosts,
        runs.map((random) => roundOf(fleet, costs, () => random.next())),
      )
    }),
  )
  return [
    '| | hosts | leader | replica | all applied | all counted | last unlock |',
    '| - | -: | -: | -: | -: | -: | -: |',
    ...rows,
  ]
}

function main(): void {
  const page = fileURLToPath(new URL('../../docs/scale.md', import.meta.url))
  const rows = table()
  console.log(rows.join('\n'))
  const between = /(<!-- scale -->\n)[\s\S]*?(<!-- \/scale -->)/
  const text = readFileSync(page, 'utf8')
  writeFileSync(
    page,
    text.replace(between, (_, from, to) => `${from}${rows.join('\n')}\n${to}`),
  )
}

if (process.argv[1]?.endsWith('scale/main.ts')) main()
