/**
 * Reads the fields of a value that came from another replica and may be anything. Every method
 * throws a BerthError `invalid_message` that names the field, and nothing else.
 */
import { BerthError } from '../../errors/berth-error.js'

export class UnknownFields {
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #name: string

  /** @param name what the value is, for messages: "Handshake" */
  constructor(value: unknown, name: string) {
    this.#name = name
    if (typeof value !== 'object' || value === null) throw this.invalid('it', 'an object')
    this.#fields = value as Readonly<Record<string, unknown>>
  }

  get(name: string): unknown {
    return this.#fields[name]
  }

  isNull(name: string): boolean {
    return this.#fields[name] === null
  }

  /** A whole number from 0 to 2^53 - 1. */
  natural(name: string): number {
    const value = this.#fields[name]
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
    throw this.invalid(name, 'a whole number from 0 to 2^53 - 1')
  }

  /** The same, where older senders do not say it. */
  naturalOr<T>(name: string, absent: T): number | T {
    return this.#fields[name] === undefined ? absent : this.natural(name)
  }

  /** A whole number from 1 to 2^53 - 1. */
  positive(name: string): number {
    const value = this.natural(name)
    if (value === 0) throw this.invalid(name, 'above 0')
    return value
  }

  /** A number from 0, not necessarily whole. */
  duration(name: string): number {
    const value = this.#fields[name]
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
    throw this.invalid(name, 'a number from 0')
  }

  flag(name: string): boolean {
    const value = this.#fields[name]
    if (typeof value === 'boolean') return value
    throw this.invalid(name, 'true or false')
  }

  /** A text of 1 to `unitsMax` UTF-16 units. */
  text(name: string, unitsMax: number): string {
    const value = this.#fields[name]
    if (typeof value === 'string' && value.length > 0 && value.length <= unitsMax) return value
    throw this.invalid(name, `a text of 1 to ${unitsMax} characters`)
  }

  /** A text of at most `unitsMax` UTF-16 units, which may be empty. */
  textOrEmpty(name: string, unitsMax: number): string {
    return this.#fields[name] === '' ? '' : this.text(name, unitsMax)
  }

  bytes(name: string): Uint8Array {
    const value = this.#fields[name]
    if (value instanceof Uint8Array) return value
    throw this.invalid(name, 'bytes')
  }

  list(name: string, lengthMax: number): readonly unknown[] {
    const value = this.#fields[name]
    if (Array.isArray(value) && value.length <= lengthMax) return value
    throw this.invalid(name, `a list of at most ${lengthMax} elements`)
  }

  /** Whole numbers above 0. */
  positives(name: string, lengthMax: number): readonly number[] {
    const values = this.list(name, lengthMax)
    if (values.every((value) => Number.isSafeInteger(value) && (value as number) > 0)) {
      return values as readonly number[]
    }
    throw this.invalid(name, 'a list of whole numbers above 0')
  }

  record(name: string): UnknownFields {
    return new UnknownFields(this.#fields[name], `${this.#name}, ${name}`)
  }

  records(name: string, lengthMax: number): readonly UnknownFields[] {
    const values = this.list(name, lengthMax)
    return values.map((value) => new UnknownFields(value, `${this.#name}, ${name}`))
  }

  /** The error for a field that is not what was wanted. */
  invalid(name: string, wanted: string): BerthError {
    return new BerthError('invalid_message', `${this.#name}: ${name} is not ${wanted}.`)
  }
}
