/**
 * The command line of a simulation: runs seeds on all cores and says what came of it. A seed that
 * fails prints why, a command that replays it, and one for a shorter run.
 */
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { type RunSeed, replayLine, type SeedOptions, type SeedResult } from './seed-run.js'
import { shrink } from './shrink.js'
import { TraceHash } from './trace-hash.js'

const usage = `Options:
  --seed N         one seed; the last line reads "seed N ok: E events, trace hash <16 digits>"
  --seeds A-B      all of these
  --for 1h         seeds from --seed (1) on, for so long (s, m, h)
  --replicas R     instead of as many as the seed has it
  --steps S        events with faults; those of healing come on top
  --without a,b    faults to leave out
  --with a,b       faults that each seed brings
  --by-history     reads are judged at the end, by what clients saw, and by nothing else
  --workers W      processes (one a core)
  --brief          ends at the first failure, and says it in a line
  --help           this text`

/** Failures after which no more seeds are begun. */
const failuresMax = 5
const reportEveryMs = 10_000

export interface Simulation {
  /** Of package.json. */
  readonly script: string
  /** Path of the module that calls `runCommand` with this: workers run it too. */
  readonly module: string
  readonly stepsDefault: number
  /** What all seeds of a process have in common is made here. */
  prepare(): Promise<RunSeed>
}

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

export async function runCommand(simulation: Simulation): Promise<void> {
  if (process.argv.includes('--worker')) {
    const ready = simulation.prepare()
    process.on('message', async (options: SeedOptions) => process.send?.((await ready)(options)))
    return
  }
  const plan = readPlanOrExplain(process.argv.slice(2), simulation.stepsDefault)
  if (plan === null) return
  const run = new Run(simulation, plan, await simulation.prepare())
  process.exitCode = plan.from === plan.to ? run.one() : await run.many()
}

/** @returns null when there is nothing to run: help was asked for, or the arguments are wrong */
function readPlanOrExplain(args: readonly string[], stepsDefault: number): Plan | null {
  if (args.includes('--help')) {
    console.log(usage)
    return null
  }
  try {
    return readPlan(args, stepsDefault)
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`)
    process.exitCode = 2
    return null
  }
}

function readPlan(args: readonly string[], stepsDefault: number): Plan {
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

class Run {
  readonly #simulation: Simulation
  readonly #plan: Plan
  readonly #runSeed: RunSeed
  readonly #startedMs = performance.now()
  readonly #total: Total = { seeds: 0, events: 0, hashes: new Map(), failures: [] }
  #next: number

  constructor(simulation: Simulation, plan: Plan, runSeed: RunSeed) {
    this.#simulation = simulation
    this.#plan = plan
    this.#runSeed = runSeed
    this.#next = plan.from
  }

  /** @returns the code to exit with */
  one(): number {
    const options = { ...this.#plan.each, seed: this.#plan.from }
    const result = this.#runSeed(options)
    if (result.failure !== null) {
      this.#reportFailure(result)
      return 1
    }
    const { seed, events, traceHash, about, faults } = result
    console.log(`${about}, faults: ${faults.join(', ')}`)
    console.log(`seed ${seed} ok: ${events} events, trace hash ${traceHash}`)
    return 0
  }

  /** Deals seeds out to processes, one at a time each. */
  many(): Promise<number> {
    const report = setInterval(() => console.log(this.#summary), reportEveryMs)
    return new Promise((resolve, reject) => {
      let running = 0
      const end = () => {
        running -= 1
        if (running > 0) return
        clearInterval(report)
        console.log(this.#summary)
        resolve(this.#total.failures.length === 0 ? 0 : 1)
      }
      for (; running < this.#plan.workers; running += 1) this.#work(end, reject)
    })
  }

  #work(end: () => void, reject: (error: Error) => void): void {
    const worker = fork(this.#simulation.module, ['--worker'])
    const deal = () => {
      if (this.#isOver) worker.disconnect()
      else {
        worker.send({ ...this.#plan.each, seed: this.#next } satisfies SeedOptions)
        this.#next += 1
      }
    }
    worker.on('message', (result: SeedResult) => {
      this.#note(result)
      deal()
    })
    worker.on('error', reject)
    worker.on('exit', (code) => {
      if (code === 0) end()
      else reject(new Error(`A worker ended with code ${code}.`))
    })
    deal()
  }

  get #isOver(): boolean {
    const { to, brief, forMs } = this.#plan
    return (
      this.#next > to ||
      this.#total.failures.length >= (brief ? 1 : failuresMax) ||
      (forMs > 0 && performance.now() - this.#startedMs > forMs)
    )
  }

  #note(result: SeedResult): void {
    const { seed, events, traceHash, failure } = result
    this.#total.seeds += 1
    this.#total.events += events
    this.#total.hashes.set(seed, traceHash)
    if (failure === null) return
    this.#total.failures.push(seed)
    if (this.#plan.brief) console.log(`seed ${seed}: ${failure.detail.split('\n', 1)[0]}`)
    else this.#reportFailure(result)
  }

  #reportFailure(result: SeedResult): void {
    const { script } = this.#simulation
    const options = { ...this.#plan.each, seed: result.seed }
    console.log(`seed ${result.seed} failed after ${result.events} events`)
    console.log(`  ${result.failure?.detail}`)
    console.log(`  faults: ${result.faults.join(', ') || 'none'}`)
    console.log(`  again:  ${replayLine(script, options)}`)
    console.log(`  shorter: ${replayLine(script, shrink(this.#runSeed, options, result))}`)
  }

  get #summary(): string {
    const { seeds, events, hashes, failures } = this.#total
    const perSecond = Math.round((events * 1000) / (performance.now() - this.#startedMs))
    const trace = new TraceHash()
    for (const seed of [...hashes.keys()].sort((a, b) => a - b)) trace.foldText(hashes.get(seed)!)
    const outcome = failures.length === 0 ? 'ok' : `of which failed: ${failures.join(', ')}`
    const figures = `${events} events, ${perSecond} events/s`
    return `${seeds} seeds ${outcome}: ${figures}, trace hash ${trace.digits}`
  }
}
