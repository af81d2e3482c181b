/**
 * `npm run sim`: runs seeds on all cores and says what came of it.
 *
 *   --seed N         one seed; the last line reads `seed N ok: E events, trace hash <16 digits>`
 *   --seeds A-B      all of these
 *   --for 1h         seeds from --seed (1) on, for so long (s, m, h)
 *   --replicas R     instead of as many as the seed has it
 *   --steps S        events with faults (10000); those of healing come on top
 *   --without a,b    faults to leave out
 *   --with a,b       faults that each seed brings
 *   --by-history     reads are judged at the end, by what clients saw, and by nothing else
 *   --workers W      processes (one a core)
 *   --brief          ends at the first failure, and says it in a line
 *
 * A seed that fails prints why, a command that replays it, and one for a shorter run.
 */
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { TraceHash } from '../kernel/trace-hash.js'
import { replayLine, runSeed, type SeedOptions, type SeedResult } from './run-seed.js'
import { shrink } from './shrink.js'

const stepsDefault = 10_000
/** Failures after which no more seeds are begun. */
const failuresMax = 5
const reportEveryMs = 10_000

interface Plan {
  readonly from: number
  readonly to: number
  readonly forMs: number
  readonly workers: number
  readonly brief: boolean
  readonly each: Omit<SeedOptions, 'seed'>
}

interface Total {
  seeds: number
  events: number
  readonly hashes: Map<number, string>
  readonly failures: number[]
}

function readPlan(args: readonly string[]): Plan {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ seed: text, seeds: text, for: text, replicas: text, steps: text },
      ...{ without: text, with: text, workers: text, brief: flag, 'by-history': flag },
    },
  })
  const seed = Number(values.seed ?? 1)
  const [from = seed, to = from] = values.seeds?.split('-').map(Number) ?? []
  const forMs = values.for === undefined ? 0 : readDuration(values.for)
  const each = {
    replicas: values.replicas === undefined ? null : Number(values.replicas),
    steps: Number(values.steps ?? stepsDefault),
    without: values.without?.split(',') ?? [],
    always: values.with?.split(',') ?? [],
    byHistory: values['by-history'] === true,
  }
  const workers = Number(values.workers ?? availableParallelism())
  const last = forMs > 0 ? Number.MAX_SAFE_INTEGER : to
  const plan = { from, to: last, forMs, workers, brief: values.brief === true, each }
  const numbers = [plan.from, plan.to, workers, each.steps, each.replicas ?? 1]
  if (!numbers.every((one) => Number.isSafeInteger(one) && one >= 0)) {
    throw new Error('Numbers must be whole, and ranges be given as 1-1000.')
  }
  return plan
}

function readDuration(text: string): number {
  const [, amount, unit] = /^(\d+)(s|m|h)$/.exec(text) ?? []
  if (amount === undefined) throw new Error('--for takes 90s, 10m or 1h')
  return Number(amount) * { s: 1_000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h']
}

function reportFailure(result: SeedResult, options: SeedOptions): void {
  console.log(`seed ${result.seed} failed after ${result.events} events`)
  console.log(`  ${result.failure?.detail}`)
  console.log(`  faults: ${result.faults.join(', ') || 'none'}`)
  console.log(`  again:  ${replayLine(options)}`)
  console.log(`  shorter: ${replayLine(shrink(options, result))}`)
}

function runOne(plan: Plan): number {
  const options = { ...plan.each, seed: plan.from }
  const result = runSeed(options)
  if (result.failure !== null) {
    reportFailure(result, options)
    return 1
  }
  const { seed, events, traceHash, elections, committed } = result
  console.log(`${elections} elections, ${committed} entries, faults: ${result.faults.join(', ')}`)
  console.log(`seed ${seed} ok: ${events} events, trace hash ${traceHash}`)
  return 0
}

/** Deals seeds out to processes, one at a time each. */
function runMany(plan: Plan): Promise<number> {
  const startedMs = performance.now()
  const total: Total = { seeds: 0, events: 0, hashes: new Map(), failures: [] }
  let next = plan.from
  const isOver = () =>
    next > plan.to ||
    total.failures.length >= (plan.brief ? 1 : failuresMax) ||
    (plan.forMs > 0 && performance.now() - startedMs > plan.forMs)
  const report = setInterval(() => console.log(summary(total, startedMs)), reportEveryMs)
  return new Promise((resolve, reject) => {
    let running = 0
    const end = () => {
      running -= 1
      if (running > 0) return
      clearInterval(report)
      console.log(summary(total, startedMs))
      resolve(total.failures.length === 0 ? 0 : 1)
    }
    for (; running < plan.workers; running += 1) {
      const worker = fork(fileURLToPath(import.meta.url), ['--worker'])
      const deal = () => {
        if (isOver()) worker.disconnect()
        else {
          worker.send({ ...plan.each, seed: next } satisfies SeedOptions)
          next += 1
        }
      }
      worker.on('message', (result: SeedResult) => {
        note(total, result, plan)
        deal()
      })
      worker.on('error', reject)
      worker.on('exit', (code) => {
        if (code === 0) end()
        else reject(new Error(`A worker ended with code ${code}.`))
      })
      deal()
    }
  })
}

function note(total: Total, result: SeedResult, plan: Plan): void {
  total.seeds += 1
  total.events += result.events
  total.hashes.set(result.seed, result.traceHash)
  if (result.failure === null) return
  total.failures.push(result.seed)
  if (plan.brief) console.log(`seed ${result.seed}: ${result.failure.detail.split('\n', 1)[0]}`)
  else reportFailure(result, { ...plan.each, seed: result.seed })
}

function summary({ seeds, events, hashes, failures }: Total, startedMs: number): string {
  const perSecond = Math.round((events * 1000) / (performance.now() - startedMs))
  const trace = new TraceHash()
  for (const seed of [...hashes.keys()].sort((a, b) => a - b)) trace.foldText(hashes.get(seed)!)
  const outcome = failures.length === 0 ? 'ok' : `of which failed: ${failures.join(', ')}`
  const figures = `${events} events, ${perSecond} events/s`
  return `${seeds} seeds ${outcome}: ${figures}, trace hash ${trace.digits}`
}

if (process.argv.includes('--worker')) {
  process.on('message', (options: SeedOptions) => process.send?.(runSeed(options)))
} else {
  const plan = readPlan(process.argv.slice(2))
  process.exitCode = plan.from === plan.to ? runOne(plan) : await runMany(plan)
}
