/**
 * Readers of one kind on their way to an index: one question is under way for all who came before
 * it left, and whoever comes later waits for the next one, for an answer says nothing about what
 * was committed after its question. Many readers, one round trip.
 */
import type { BerthError } from '../../../errors/berth-error.js'

/** The index that the state is at, or later; or `no_leader`, `timeout`, `overloaded`, … */
export type ReadDone = (outcome: number | BerthError) => void

export interface Reader {
  readonly deadlineTick: number
  readonly done: ReadDone
}

/** `index`: known at once; `asked`: the answer comes later, by this number; null: not now. */
export type Question =
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'asked'; readonly number: number }
  | null

interface UnderWay {
  readonly number: number
  readonly sinceTick: number
  readonly readers: readonly Reader[]
}

export class ReadLane {
  readonly #ask: () => Question
  readonly #retryTicks: number
  /** In the order of their deadlines; `Reads` bounds how many there are. */
  #waiting: Reader[] = []
  #underWay: UnderWay | null = null

  /** @param retryTicks an answer that takes longer is taken for lost */
  constructor(retryTicks: number, ask: () => Question) {
    this.#retryTicks = retryTicks
    this.#ask = ask
  }

  get count(): number {
    return this.#waiting.length + (this.#underWay?.readers.length ?? 0)
  }

  add(reader: Reader): void {
    const last = this.#waiting.at(-1)
    this.#waiting.push(reader)
    // One that waited elsewhere before is late earlier.
    if (last !== undefined && last.deadlineTick > reader.deadlineTick) this.#sort()
  }

  /** Asks if somebody waits and no question is under way. Returns readers whose index is known. */
  start(tick: number): { readonly index: number; readonly readers: readonly Reader[] } | null {
    if (this.#underWay !== null || this.#waiting.length === 0) return null
    const question = this.#ask()
    if (question === null) return null
    const readers = this.#waiting
    this.#waiting = []
    if (question.kind === 'index') return { index: question.index, readers }
    this.#underWay = { number: question.number, sinceTick: tick, readers }
    return null
  }

  /** The answer to question `number`. Returns those it is for. */
  answered(number: number): readonly Reader[] {
    if (this.#underWay?.number !== number) return []
    const { readers } = this.#underWay
    this.#underWay = null
    return readers
  }

  /** Question `number` gets no answer: its readers are asked for again, later. */
  abandoned(number: number): void {
    if (this.#underWay?.number === number) this.#giveUp()
  }

  /** Whoever was asked can answer no more. */
  abandonedAll(): void {
    if (this.#underWay !== null) this.#giveUp()
  }

  /** Time goes on. Returns readers that have waited for too long. */
  tick(tick: number): readonly Reader[] {
    if (this.#underWay !== null && tick - this.#underWay.sinceTick >= this.#retryTicks) {
      this.#giveUp()
    }
    const isLate = ({ deadlineTick }: Reader) => deadlineTick <= tick
    const late: Reader[] = []
    while (this.#waiting.length > 0 && isLate(this.#waiting[0]!)) late.push(this.#waiting.shift()!)
    const { readers } = this.#underWay ?? { readers: [] }
    if (this.#underWay === null || !readers.some(isLate)) return late
    this.#underWay = { ...this.#underWay, readers: readers.filter((one) => !isLate(one)) }
    return [...late, ...readers.filter(isLate)]
  }

  /** Everybody, in the order of asking; nobody waits any more. */
  clear(): readonly Reader[] {
    if (this.#underWay !== null) this.#giveUp()
    const all = this.#waiting
    this.#waiting = []
    return all
  }

  #giveUp(): void {
    this.#waiting = [...this.#underWay!.readers, ...this.#waiting]
    this.#underWay = null
    this.#sort()
  }

  #sort(): void {
    this.#waiting.sort((a, b) => a.deadlineTick - b.deadlineTick)
  }
}
