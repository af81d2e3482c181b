/**
 * The bytes of a configuration entry. They outlive versions of the program: the first byte is the
 * version of this layout, numbers are big-endian, replica ids are float64 (exact up to 2^53).
 *
 *   begin:  1 0 autoLeave:u8 then voters, votersOutgoing, learners, learnersNext,
 *           each count:u16 and count ids
 *   change: 1 1 transition:u8 count:u16 then count times (kind:u8 id), the rest is the context
 *   leave:  1 2, the rest is the context
 */
import { BerthError } from '../../errors/berth-error.js'
import { configurationLayout } from '../../versions/versions.js'
import { faultInChange, memberKinds, transitions } from './configuration-check.js'
import type { ConfigurationChange, MemberChange, ReplicaId } from './entry.js'
import { isReplicaId, membersMax } from './limits.js'

const changeKinds = ['begin', 'change', 'leave'] as const

/** @throws BerthError `invalid_config` for what `decodeChange` could not read */
export function encodeChange(change: ConfigurationChange): Uint8Array {
  const fault = faultInChange(change)
  if (fault !== null) throw new BerthError('invalid_config', `A change cannot be: ${fault}.`)
  const bytes: number[] = [configurationLayout, changeKinds.indexOf(change.kind)]
  switch (change.kind) {
    case 'begin': {
      const { voters, votersOutgoing, learners, learnersNext, autoLeave } = change.configuration
      bytes.push(autoLeave ? 1 : 0)
      for (const ids of [voters, votersOutgoing, learners, learnersNext]) {
        pushCount(bytes, ids.length)
        for (const id of ids) pushId(bytes, id)
      }
      return Uint8Array.from(bytes)
    }
    case 'change':
      bytes.push(transitions.indexOf(change.transition))
      pushCount(bytes, change.changes.length)
      for (const { kind, id } of change.changes) {
        bytes.push(memberKinds.indexOf(kind))
        pushId(bytes, id)
      }
      return withContext(bytes, change.context)
    case 'leave':
      return withContext(bytes, change.context)
  }
}

/** The change that the bytes hold; undefined when they hold none, or one that cannot be. */
export function decodeChange(bytes: Uint8Array): ConfigurationChange | undefined {
  try {
    const change = readChange(new Reader(bytes))
    return faultInChange(change) === null ? change : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function readChange(reader: Reader): ConfigurationChange {
  if (reader.byte() !== configurationLayout) throw new RangeError('layout')
  switch (oneOf(changeKinds, reader.byte())) {
    case 'begin': {
      const autoLeave = oneOf([false, true], reader.byte())
      const voters = reader.ids()
      const votersOutgoing = reader.ids()
      const learners = reader.ids()
      const learnersNext = reader.ids()
      if (reader.rest().length > 0) throw new RangeError('length')
      const configuration = { voters, votersOutgoing, learners, learnersNext, autoLeave }
      return { kind: 'begin', configuration }
    }
    case 'change': {
      const transition = oneOf(transitions, reader.byte())
      const changes: MemberChange[] = []
      for (let left = reader.count(); left > 0; left -= 1) {
        changes.push({ kind: oneOf(memberKinds, reader.byte()), id: reader.id() })
      }
      return { kind: 'change', transition, changes, context: reader.rest() }
    }
    case 'leave':
      return { kind: 'leave', context: reader.rest() }
  }
}

/** Reads from the front. Every method throws a RangeError where the bytes end or make no sense. */
class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  byte(): number {
    const value = this.#view.getUint8(this.#at)
    this.#at += 1
    return value
  }

  count(): number {
    const value = this.#view.getUint16(this.#at)
    this.#at += 2
    if (value > membersMax) throw new RangeError('count')
    return value
  }

  id(): ReplicaId {
    const value = this.#view.getFloat64(this.#at)
    this.#at += 8
    if (!isReplicaId(value)) throw new RangeError('id')
    return value
  }

  ids(): ReplicaId[] {
    const ids: ReplicaId[] = []
    for (let left = this.count(); left > 0; left -= 1) ids.push(this.id())
    return ids
  }

  rest(): Uint8Array {
    return Uint8Array.from(this.#bytes.subarray(this.#at))
  }
}

function oneOf<T>(values: readonly T[], position: number): T {
  if (position >= values.length) throw new RangeError('choice')
  return values[position]!
}

function pushCount(bytes: number[], count: number): void {
  bytes.push(count >> 8, count & 0xff)
}

function pushId(bytes: number[], id: ReplicaId): void {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, id)
  for (let i = 0; i < 8; i += 1) bytes.push(view.getUint8(i))
}

function withContext(head: readonly number[], context: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + context.length)
  bytes.set(head)
  bytes.set(context, head.length)
  return bytes
}
