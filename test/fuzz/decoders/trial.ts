/**
 * One thing that reads what strangers may have written, and what holds of it whatever they wrote:
 * it takes an input or refuses it by an error of its own kind, in time, and what it took is written
 * back as it was.
 */
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { BerthError } from '../../../src/errors/berth-error.js'
import type { ErrorCode } from '../../../src/errors/catalogue.js'
import type { Random } from '../../simulation/kernel/random.js'

export interface Trial {
  readonly name: string
  /** @returns how many inputs it put in */
  run(random: Random, judge: Judge): Promise<number> | number
}

/** Of an input that was refused. */
export const refused = Symbol('refused')
/** Stands in a finding before its input. */
export const inputMark = ', for '
const shownBytesMax = 200

/** What this thread has computed, in ms: the machine may be busy with others. */
export function computedMs(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

/** What one case has found, and the input that took longest in it. */
export class Judge {
  readonly findings: string[] = []
  taken = 0
  refused = 0
  slowestMs = 0
  slowest = ''
  readonly #clock: () => number

  /** @param clock in ms */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock
  }

  finding(what: string): void {
    this.findings.push(what)
  }

  /**
   * @param input for whoever reads the finding
   * @param codes of the errors by which it may be refused
   */
  attempt<T>(
    what: string,
    input: unknown,
    codes: readonly ErrorCode[],
    act: () => T,
  ): T | typeof refused {
    const startedAtMs = this.#clock()
    try {
      const made = act()
      this.taken += 1
      return made
    } catch (error) {
      this.refused += 1
      const isOurs = error instanceof BerthError && codes.includes(error.code)
      if (!isOurs) this.finding(`${what}: ${describe(error)}${inputMark}${show(input)}`)
      return refused
    } finally {
      const tookMs = this.#clock() - startedAtMs
      if (tookMs > this.slowestMs) {
        this.slowestMs = tookMs
        this.slowest = what
      }
    }
  }

  same(what: string, input: unknown, before: unknown, after: unknown): void {
    const apart = differenceOf(before, after, 'it')
    if (apart !== null) this.finding(`${what}: ${apart}${inputMark}${show(input)}`)
  }
}

/** Where two values differ first. A zero is a zero: MessagePack has only one. */
function differenceOf(a: unknown, b: unknown, path: string): string | null {
  const isMap = typeof a === 'object' && a !== null && !ArrayBuffer.isView(a)
  if (!isMap || typeof b !== 'object' || b === null || Array.isArray(a) !== Array.isArray(b)) {
    const isSame = (a === 0 && b === 0) || isDeepStrictEqual(a, b)
    return isSame ? null : `${path} was ${show(a)}, and is ${show(b)}`
  }
  const [one, other] = [a, b] as Record<string, unknown>[]
  for (const name of new Set([...Object.keys(one!), ...Object.keys(other!)])) {
    const at = `${path}.${name}`
    if (!Object.hasOwn(one!, name)) return `${at} was not there, and is ${show(other![name])}`
    if (!Object.hasOwn(other!, name)) return `${at} was ${show(one![name])}, and is not there`
    const apart = differenceOf(one![name], other![name], at)
    if (apart !== null) return apart
  }
  return null
}

export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function show(input: unknown): string {
  if (ArrayBuffer.isView(input)) {
    const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength)
    const hex = bytes.subarray(0, shownBytesMax).toString('hex')
    return `${bytes.length} bytes ${hex}${bytes.length > shownBytesMax ? '…' : ''}`
  }
  return (JSON.stringify(input) ?? String(input)).slice(0, 3 * shownBytesMax)
}
