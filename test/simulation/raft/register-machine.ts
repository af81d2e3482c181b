/**
 * The state machine of simulated replicas: a few registers, the id of the cluster, and a digest of
 * everything that was ever applied. Equal digests mean equal histories.
 *
 * A command is 8 bytes or more: what it is, the register, its own number (uint32, little-endian),
 * and filling that makes sizes differ.
 */
import type { Entry } from '../../../src/raft/core/entry.js'
import type { Restoring, StateMachine } from '../../../src/raft/node/node-ports.js'

export const registers = 12
/** Registers in one piece of a snapshot. */
const pieceRegisters = 4
/** What it costs to read one, in units of a budget. */
const pieceUnits = 100

const commandKinds = { write: 1, genesis: 2 } as const
const headBytes = 8

export function encodeWrite(register: number, number: number, fillingBytes: number): Uint8Array {
  return encodeCommand(commandKinds.write, register, number, fillingBytes)
}

/** The first of these that is applied names the cluster. */
export function encodeGenesis(number: number): Uint8Array {
  return encodeCommand(commandKinds.genesis, 0, number, 0)
}

/** The number of a command; 0 for entries of Raft's own. */
export function commandNumber({ kind, data }: Entry): number {
  if (kind !== 'command') return 0
  return data[2]! + data[3]! * 0x100 + data[4]! * 0x10000 + data[5]! * 0x1000000
}

function encodeCommand(kind: number, register: number, number: number, filling: number) {
  const data = new Uint8Array(headBytes + filling)
  data[0] = kind
  data[1] = register
  for (let at = 0; at < 4; at += 1) data[2 + at] = (number >>> (8 * at)) & 0xff
  return data
}

interface Head {
  readonly index: number
  readonly upper: number
  readonly lower: number
  readonly clusterId: string | null
}

/** Result of an entry: its command's number. */
export class RegisterMachine implements StateMachine<number> {
  #index = 0
  #upper = 0
  #lower = 0
  #clusterId: string | null = null
  #values = new Uint32Array(registers)

  get index(): number {
    return this.#index
  }

  get clusterId(): string | null {
    return this.#clusterId
  }

  /** The digest as a number of 52 bits. */
  get digestNumber(): number {
    return (this.#upper & 0xfffff) * 0x100000000 + (this.#lower >>> 0)
  }

  /**
   * Not 0 once the memory of this machine is damaged: that shows in its digest, and nowhere else.
   * What was read from the disk before, and what is written there, is right.
   */
  damage = 0

  get digest(): string {
    const shown = this.digestNumber + this.damage
    return shown.toString(16).padStart(13, '0')
  }

  value(register: number): number {
    return this.#values[register]!
  }

  apply(entry: Entry): number {
    const number = commandNumber(entry)
    this.#index = entry.index
    this.#fold(entry.index)
    this.#fold(entry.term * 4 + (entry.kind === 'command' ? 1 : 2))
    this.#fold(number)
    this.#fold(entry.data.length)
    if (number === 0) return 0
    const [kind, register] = entry.data
    if (kind === commandKinds.write) this.#values[register! % registers] = number
    else this.#clusterId ??= `cluster-${number}`
    return number
  }

  snapshot(): Iterator<Uint8Array> {
    const head: Head = {
      index: this.#index,
      upper: this.#upper,
      lower: this.#lower,
      clusterId: this.#clusterId,
    }
    return pieces(head, this.#values.slice())
  }

  /** A piece is a step, and so is what comes last. */
  restoring(): Restoring {
    const pieces: unknown[] = []
    const chunks: Uint8Array[] = []
    let isDone = false
    let hasEnded = false
    return {
      add: (chunk) => void chunks.push(chunk),
      end: () => {
        hasEnded = true
      },
      step: (budget) => {
        do {
          budget.spend(pieceUnits)
          const chunk = chunks.shift()
          if (chunk !== undefined) pieces.push(decodePiece(chunk))
          else if (hasEnded && !isDone) {
            isDone = true
            this.#takeOver(pieces)
          }
        } while (!budget.isSpent && chunks.length > 0)
        return chunks.length === 0 && isDone === hasEnded
      },
    }
  }

  #takeOver(pieces: readonly unknown[]): void {
    const [head, ...rest] = pieces as [Head, ...number[][]]
    this.#index = head.index
    this.#upper = head.upper
    this.#lower = head.lower
    this.#clusterId = head.clusterId
    this.#values = Uint32Array.from(rest.flat())
    if (this.#values.length !== registers) throw new Error('a piece of the snapshot is missing')
  }

  #fold(value: number): void {
    this.#lower = Math.imul(this.#lower ^ (value | 0), 0x9e3779b1)
    this.#lower ^= this.#lower >>> 15
    this.#upper = Math.imul(this.#upper ^ this.#lower, 0x85ebca77)
    this.#upper ^= this.#upper >>> 13
  }
}

function* pieces(head: Head, values: Uint32Array): Generator<Uint8Array> {
  yield encodePiece(head)
  for (let from = 0; from < registers; from += pieceRegisters) {
    yield encodePiece([...values.subarray(from, from + pieceRegisters)])
  }
}

function encodePiece(piece: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(piece))
}

function decodePiece(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes))
}
