/**
 * One thing that reads what strangers may have written, and what holds of it whatever they wrote:
 * it takes an input or refuses it by an error of its own kind, in time, and what it took is written
 * back as it was.
 */
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
const shownBytesMax = 200

/** What one case has found, and the input that took longest in it. */
export class Judge {
  readonly findings: string[] = []
  slowestMs = 0
  slowest = ''

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
    const startedAtMs = performance.now()
    try {
      return act()
    } catch (error) {
      const isOurs = error instanceof BerthError && codes.includes(error.code)
      if (!isOurs) this.finding(`${what}: ${describe(error)}, for ${show(input)}`)
      return refused
    } finally {
      const tookMs = performance.now() - startedAtMs
      if (tookMs > this.slowestMs) {
        this.slowestMs = tookMs
        this.slowest = what
      }
    }
  }

  same(what: string, input: unknown, before: unknown, after: unknown): void {
    if (isSame(before, after)) return
    this.finding(`${what}: ${show(before)} comes back as ${show(after)}, for ${show(input)}`)
  }
}

/** A zero is a zero: MessagePack writes the negative one as the other. */
function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]))
  }
  if (typeof a !== 'object' || a === null || ArrayBuffer.isView(a)) {
    return (a === 0 && b === 0) || isDeepStrictEqual(a, b)
  }
  if (typeof b !== 'object' || b === null) return false
  const [one, other] = [a, b] as Record<string, unknown>[]
  const names = Object.keys(one!)
  if (names.length !== Object.keys(other!).length) return false
  return names.every((name) => Object.hasOwn(other!, name) && isSame(one![name], other![name]))
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
