/**
 * Tries one door: a warm-up, so that what is made once is there; then inputs, with a look at the
 * processes now and then; then it is left alone, and must be as before.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '../../simulation/kernel/random.js'
import type { Owner } from '../../support/owner.js'
import type { Ground } from '../cluster/ground.js'
import type { Door, FuzzCase, OpenDoor } from '../door.js'
import { Judge } from './judge.js'

export interface DoorRun {
  readonly door: Door
  readonly seed: number
  /** Inputs before that by which memory is judged, and after it. */
  readonly warmUp: number
  readonly inputs: number
  /** Ends it earlier, or where inputs are without end; null: never. */
  readonly forMs: number | null
  /** This case alone; null: all. */
  readonly only: number | null
  /** Where the lines of all processes go if something is found. */
  readonly logs: string
  onLine(line: string): void
}

export interface Finding {
  readonly what: string
  /** Of the case that showed it first; null where none can be named. */
  readonly caseNumber: number | null
  times: number
}

export interface DoorReport {
  readonly name: string
  readonly cases: number
  readonly inputs: number
  readonly tookMs: number
  readonly answers: ReadonlyMap<string, number>
  readonly findings: readonly Finding[]
  /** Suspicions that a busy machine explains. */
  readonly excused: number
  readonly figures: Judge['figures']
}

/** A run of a door with so many different findings has enough. */
const findingsMax = 20
const lookEveryMs = 10_000
/** A case that takes longer hangs. */
const caseMsMax = 180_000
const findingUnitsMax = 2_000

export async function runDoor(ground: Ground, owner: Owner, run: DoorRun): Promise<DoorReport> {
  const { door, seed } = run
  const open = await door.open({ seed, owner, ground })
  const findings = new Findings(run)
  const tell = (what: string) => findings.note(what, null)
  return new Run(run, open, new Judge(open.cluster, await ground.control(), tell), findings).run()
}

/** What was found so far, told at once: a run that is ended early has not been for nothing. */
class Findings {
  readonly #run: DoorRun
  readonly #found = new Map<string, Finding>()

  constructor(run: DoorRun) {
    this.#run = run
  }

  get all(): readonly Finding[] {
    return [...this.#found.values()]
  }

  note(text: string, caseNumber: number | null): void {
    const what = text.slice(0, findingUnitsMax)
    const known = this.#found.get(what)
    if (known !== undefined) known.times += 1
    else if (this.#found.size < findingsMax) {
      this.#found.set(what, { what, caseNumber, times: 1 })
      const { door, onLine } = this.#run
      onLine(`${door.name}: case ${caseNumber ?? 'any'}: ${what}`)
    }
  }
}

class Run {
  readonly #run: DoorRun
  readonly #open: OpenDoor
  readonly #judge: Judge
  readonly #findings: Findings
  readonly #answers = new Map<string, number>()
  readonly #startedMs = performance.now()
  #suspicions: (readonly [what: string, caseNumber: number])[] = []
  #excused = 0
  #nextCase = 0
  #cases = 0
  #inputs = 0

  constructor(run: DoorRun, open: OpenDoor, judge: Judge, findings: Findings) {
    this.#run = run
    this.#open = open
    this.#judge = judge
    this.#findings = findings
  }

  async run(): Promise<DoorReport> {
    const { only, warmUp, inputs } = this.#run
    await this.#judge.forgetStarts()
    if (only === null) {
      await this.#upTo(warmUp)
      await this.#open.settle?.()
      await this.#judge.begin()
      await this.#upTo(warmUp + inputs)
    } else {
      await this.#judge.begin()
      await this.#one(only)
    }
    await this.#open.settle?.()
    await this.#judge.end()
    this.#judgeSuspicions()
    if (this.#findings.all.length > 0) this.#keepLogs()
    return {
      ...{ name: this.#run.door.name, cases: this.#cases, inputs: this.#inputs },
      ...{ tookMs: performance.now() - this.#startedMs, answers: this.#answers },
      ...{ findings: this.#findings.all, excused: this.#excused, figures: this.#judge.figures },
    }
  }

  #keepLogs(): void {
    const { logs, door } = this.#run
    mkdirSync(logs, { recursive: true })
    for (const { name, process } of this.#open.cluster?.subjects ?? []) {
      const file = `${door.name} ${name}.log`.replaceAll(' ', '-')
      writeFileSync(join(logs, file), `${process.lines.join('\n')}\n`)
    }
  }

  /** Until there were so many inputs in all. Between two looks cases run, `parallel` at a time. */
  async #upTo(inputs: number): Promise<void> {
    while (!this.#isOver && this.#inputs < inputs) {
      const lookAtMs = performance.now() + lookEveryMs
      const work = async () => {
        while (!this.#isOver && this.#inputs < inputs && performance.now() < lookAtMs) {
          const next = this.#nextCase
          this.#nextCase += 1
          await this.#one(next)
        }
      }
      await Promise.all(Array.from({ length: this.#run.door.parallel }, work))
      const holdings = await this.#judge.look()
      this.#judgeSuspicions()
      const used = holdings.map(({ used }) => Math.round(used / 1024 / 1024)).join(' ')
      const seconds = Math.round((performance.now() - this.#startedMs) / 1_000)
      const { name } = this.#run.door
      const found = `${this.#findings.all.length} findings, memory ${used} MiB`
      this.#run.onLine(`${name}: ${this.#inputs} inputs in ${seconds} s, ${found}`)
    }
  }

  /** After a look: what made them is in it. */
  #judgeSuspicions(): void {
    for (const [what, caseNumber] of this.#suspicions) {
      if (this.#judge.isStarved) this.#excused += 1
      else this.#findings.note(what, caseNumber)
    }
    this.#suspicions = []
  }

  get #isOver(): boolean {
    const { forMs } = this.#run
    if (this.#findings.all.length >= findingsMax) return true
    return forMs !== null && performance.now() - this.#startedMs > forMs
  }

  async #one(number: number): Promise<void> {
    const { door, seed } = this.#run
    const finding = (what: string) => this.#findings.note(what, number)
    const fuzzCase: FuzzCase = {
      ...{ number, finding, random: Random.of(seed, `${door.name} ${number}`) },
      suspicion: (what) => this.#suspicions.push([what, number]),
      answer: (kind) => this.#answers.set(kind, (this.#answers.get(kind) ?? 0) + 1),
    }
    try {
      const inputs = await within(this.#open.run(fuzzCase), caseMsMax)
      this.#inputs += inputs
    } catch (error) {
      finding(`the case throws ${(error as Error).stack ?? error}`)
      this.#inputs += 1
    }
    this.#cases += 1
  }
}

async function within<T>(work: Promise<T> | T, limitMs: number): Promise<T> {
  if (!(work instanceof Promise)) return work
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${limitMs} ms`)), limitMs)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
