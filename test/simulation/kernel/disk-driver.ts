/**
 * The way of a replica's operations to its disk and back, with the time that it takes. Knows no
 * replica: whoever drives it says what to do when an answer arrives. Answers come in order, for one
 * operation is under way at a time; chunks are read beside, by a connection of their own.
 */
import type { StorageOperation, StoredSnapshot } from '../../../src/raft/node/disk/storage.js'
import { eventKind } from './event-kinds.js'
import type { Random } from './random.js'
import type { Schedule } from './schedule.js'
import type { SimDisk } from './sim-disk.js'
import type { SimProcess } from './sim-process.js'

export interface DiskPace {
  /** Of an operation, in microseconds. */
  readonly leastUs: number
  readonly meanUs: number
  /** An operation takes `spikeUs` more, with this probability. */
  readonly spikeChance: number
  readonly spikeUs: number
}

/** `ok`: durable; `failed`: it never will be acknowledged, and the replica must stop. */
export type DiskAnswer = 'ok' | 'failed'

export class DiskDriver {
  readonly disk: SimDisk
  readonly #process: SimProcess
  readonly #schedule: Schedule
  readonly #random: Random
  #pace: DiskPace
  /** Called when the operation takes effect, before anybody hears of it. */
  readonly #written: (operation: StorageOperation) => void
  #underWay: { readonly operation: StorageOperation; readonly life: number } | null = null
  #hangsUntilUs = 0
  #failsNext = false

  constructor(
    disk: SimDisk,
    process: SimProcess,
    schedule: Schedule,
    random: Random,
    pace: DiskPace,
    written: (operation: StorageOperation) => void,
  ) {
    this.disk = disk
    this.#process = process
    this.#schedule = schedule
    this.#random = random
    this.#pace = pace
    this.#written = written
  }

  /** Nothing is answered for so long. */
  hang(forUs: number): void {
    this.#hangsUntilUs = Math.max(this.#hangsUntilUs, this.#schedule.nowUs + forUs)
  }

  /** The next operation is refused for good, as by a server that another process took over. */
  failNext(): void {
    this.#failsNext = true
  }

  /** From now on everything is answered soon. */
  heal(): void {
    this.#hangsUntilUs = 0
    this.#failsNext = false
    this.#pace = { ...this.#pace, spikeChance: 0 }
  }

  run(operation: StorageOperation, answered: (answer: DiskAnswer) => void): void {
    if (this.#underWay !== null) throw new Error('the operation before has not been answered')
    const underWay = { operation, life: this.#process.life }
    this.#underWay = underWay
    this.#whenAwake(this.#delayUs(), eventKind.disk, () => {
      if (this.#underWay !== underWay) return
      this.#underWay = null
      const fails = this.#failsNext
      this.#failsNext = false
      if (!fails || this.#random.chance(0.5)) this.#apply(operation)
      if (this.#process.life !== underWay.life) return
      this.#process.input(eventKind.disk, () => answered(fails ? 'failed' : 'ok'))
    })
  }

  readChunk(
    snapshot: StoredSnapshot,
    chunk: number,
    answered: (outcome: Uint8Array | 'damaged' | 'gone') => void,
  ): void {
    const { life } = this.#process
    this.#whenAwake(this.#delayUs(), eventKind.chunk, () => {
      if (this.#process.life !== life) return
      const outcome = this.disk.chunk(snapshot, chunk)
      this.#process.input(eventKind.chunk, () => answered(outcome))
    })
  }

  /** The replica died: what was under way has taken effect, or never will. */
  crashed(): void {
    const underWay = this.#underWay
    this.#underWay = null
    if (underWay !== null && this.#random.chance(0.5)) this.#apply(underWay.operation)
  }

  #apply(operation: StorageOperation): void {
    this.disk.run(operation)
    this.#written(operation)
  }

  #delayUs(): number {
    const { leastUs, meanUs, spikeChance, spikeUs } = this.#pace
    const spike = this.#random.chance(spikeChance) ? this.#random.next() * spikeUs : 0
    return leastUs + this.#random.exponential(meanUs) + spike
  }

  #whenAwake(delayUs: number, kind: number, act: () => void): void {
    const { nowUs } = this.#schedule
    const atUs = Math.max(nowUs, this.#hangsUntilUs) + delayUs
    this.#schedule.at(atUs, kind, this.#process.key, () => {
      // It may have begun to hang since.
      if (this.#hangsUntilUs > this.#schedule.nowUs) this.#whenAwake(0, kind, act)
      else act()
    })
  }
}
