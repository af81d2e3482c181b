/**
 * One node with a register machine, on a disk that answers at once and keeps what it is given; its
 * peers are a test's. Chunks are read when a test says so, and time goes on by its ticks.
 */
import { BerthError } from '../../../../src/errors/berth-error.js'
import { plainConfiguration } from '../../../../src/raft/core/configuration.js'
import type { Message } from '../../../../src/raft/core/message.js'
import type { StoredSnapshot, StoredState } from '../../../../src/raft/node/disk/storage.js'
import type { Frame } from '../../../../src/raft/node/frame.js'
import { Roster } from '../../../../src/raft/node/identity/roster.js'
import { Node } from '../../../../src/raft/node/node.js'
import type { NodeOptions } from '../../../../src/raft/node/node-options.js'
import type { NodePorts, StopReason } from '../../../../src/raft/node/node-ports.js'
import { encodeWrite, RegisterMachine } from '../../../simulation/raft/register-machine.js'
import { handshakeOf } from './handshakes.js'

export const tickMs = 50

export const sum = (bytes: Uint8Array) =>
  bytes.reduce((total, byte) => (total * 31 + byte) >>> 0, 7)

/** A snapshot of a state after so many writes, and its chunks. */
export function snapshotAt(index: number): {
  readonly snapshot: StoredSnapshot
  readonly chunks: readonly Uint8Array[]
  readonly digest: string
} {
  const machine = new RegisterMachine()
  for (let at = 1; at <= index; at += 1) {
    machine.apply({ index: at, term: 1, kind: 'command', data: encodeWrite(at % 12, at, 0) })
  }
  const pieces = [...{ [Symbol.iterator]: () => machine.snapshot() }]
  const chunks = [new Roster().encode(), ...pieces]
  const bytes = chunks.reduce((total, { length }) => total + length, 0)
  const meta = { index, term: 1, configuration: plainConfiguration([1, 2, 3]) }
  return { snapshot: { meta, chunks: chunks.length, bytes }, chunks, digest: machine.digest }
}

export class LoneNode {
  readonly machine = new RegisterMachine()
  readonly sent: { readonly to: number; readonly frame: Frame }[] = []
  readonly restored: number[] = []
  /** By the index of their snapshot. */
  readonly disk = new Map<number, Uint8Array[]>()
  readonly reads: { readonly snapshot: StoredSnapshot; readonly chunk: number }[] = []
  stopped: StopReason | null = null
  isAwake = false
  readonly node: Node<number>
  #ticks = 0

  constructor(options: Partial<NodeOptions>, stored: StoredState) {
    const given = { id: 2, clusterName: 'test', initialVoters: [1, 2, 3], tickMs, ...options }
    this.node = new Node(given, stored, this.machine, this.#ports(), 0)
  }

  get nowMs(): number {
    return this.#ticks * tickMs
  }

  get status(): ReturnType<Node<number>['status']> {
    return this.node.status(this.nowMs)
  }

  /** A peer shows itself, in this run of it, and is let in. */
  meet(replicaId: number, run = 100 + replicaId, incarnation = 1): void {
    const shown = handshakeOf({ replicaId, run, incarnation, clusterId: null })
    this.node.connected(shown, this.nowMs)
  }

  hear(from: number, frame: Frame, run = 100 + from): void {
    this.node.receive(from, run, frame, this.nowMs)
  }

  say(message: Exclude<Message, { kind: 'snapshot' }>): void {
    this.hear(message.from, { kind: 'raft', message })
  }

  tick(count = 1): void {
    for (let left = count; left > 0; left -= 1) {
      this.#ticks += 1
      this.node.tick(this.nowMs)
    }
  }

  /** A slice of the work that waits. Returns false if there is none. */
  work(): boolean {
    if (!this.isAwake) return false
    this.isAwake = false
    this.node.work(this.nowMs)
    return true
  }

  /** The oldest read that was asked for is answered. Returns false if there is none. */
  read(outcome?: BerthError): boolean {
    const asked = this.reads.shift()
    if (asked === undefined) return false
    const { snapshot, chunk } = asked
    const bytes = this.disk.get(snapshot.meta.index)?.[chunk]
    const missing = new BerthError('snapshot_damaged')
    this.node.chunkRead(snapshot, chunk, outcome ?? bytes ?? missing, this.nowMs)
    return true
  }

  /** Goes on until nothing is left to read or to do. Returns the number of slices. */
  finish(): number {
    let slices = 0
    for (;;) {
      if (this.work()) slices += 1
      else if (!this.read()) return slices
    }
  }

  /** A leader sends this snapshot, all of it. */
  install(from: number, term: number, index: number, transfer = index): void {
    const { snapshot, chunks } = snapshotAt(index)
    const { meta, bytes } = snapshot
    const message = { kind: 'snapshot', from, to: 2, term, snapshot: meta } as const
    const offer = { transfer, message, chunks: chunks.length, bytes }
    this.hear(from, { kind: 'snapshot-offer', ...offer })
    for (const [chunk, data] of chunks.entries()) {
      const checked = { crc32c: sum(data), bytes: data }
      this.hear(from, { kind: 'snapshot-chunk', transfer, chunk, ...checked })
    }
  }

  /** Messages of the core that were sent since this was asked last. */
  said(): Message[] {
    return this.sent.splice(0).flatMap(({ frame }) => (frame.kind === 'raft' ? frame.message : []))
  }

  #ports(): NodePorts<number> {
    return {
      send: (to, frame) => void this.sent.push({ to, frame }),
      greet: () => {},
      store: (operation) => {
        if (operation.kind === 'snapshot-chunk') {
          const chunks = this.disk.get(operation.index) ?? []
          chunks[operation.chunk] = operation.bytes
          this.disk.set(operation.index, chunks)
        }
        this.node.stored(null, this.nowMs)
      },
      readChunk: (snapshot, chunk) => void this.reads.push({ snapshot, chunk }),
      crc32c: sum,
      random: () => 1,
      stop: (reason) => {
        this.stopped = reason
      },
      log: () => {},
      roleChanged: () => {},
      membershipChanged: () => {},
      applied: () => {},
      restored: (index) => void this.restored.push(index),
      stalled: () => {},
      leaving: () => {},
      wake: () => {
        this.isAwake = true
      },
    }
  }
}
