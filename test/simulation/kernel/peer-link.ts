/**
 * The connection by which one replica's frames reach another, as src/raft/peers makes it: dialled
 * by the sender, opened by handshakes that both sides judge, closed when nothing arrives for a
 * while, made again with growing pauses. Frames keep their order and arrive once, as TCP has it; a
 * rough network (`Roughness`) breaks that too, for the protocol must not rely on it.
 *
 * A path that is cut holds frames back, as TCP repeats them; when it is mended in time they arrive,
 * else the connection is closed and they are lost.
 */
import {
  type Glimpse,
  glimpseOf,
  type Handshake,
  isWhole,
} from '../../../src/raft/node/identity/handshake.js'
import type { PeerVerdict } from '../../../src/raft/node/identity/peer-judgement.js'
import { eventKind } from './event-kinds.js'
import type { Network } from './network.js'
import type { Random } from './random.js'
import type { Schedule } from './schedule.js'
import type { SimProcess } from './sim-process.js'

/** A replica as its transport sees it. `id` is also the number of its machine in the network. */
export interface PeerEnd<F> {
  readonly id: number
  readonly process: SimProcess
  hello(): Handshake
  judge(peer: Handshake): PeerVerdict
  connected(peer: Handshake): void
  refused(peer: Handshake | Glimpse, code: string, detail: string): void
  unreachable(id: number): void
  /** @param run what the sender showed when the connection began that the frame came by */
  frame(from: number, run: number, frame: F): void
  /** What each peer showed last to this life, whether it was let in or not. */
  readonly met: Map<number, Handshake>
}

/** Chances for single frames beyond what TCP does. */
export interface Roughness {
  readonly lossChance: number
  readonly repeatChance: number
  readonly reorderChance: number
}

/** Of transport-options.ts. */
const quietLeastUs = 800_000
const quietMostUs = 1_000_000
const handshakeTimeoutUs = 2_000_000
const connectTimeoutUs = 1_000_000
const backoffFirstMs = 25
const backoffMsMax = 500
const heldFramesMax = 4_096
/** A repeated or overtaken frame comes up to this much later. */
const strayUs = 300_000

export interface LinkParts {
  readonly schedule: Schedule
  readonly network: Network
  readonly random: Random
  readonly roughness: Roughness
}

export class PeerLink<F> {
  #parts: LinkParts
  readonly #from: PeerEnd<F>
  readonly #to: PeerEnd<F>
  readonly #key: number
  /** Rises whenever a connection ends: what belongs to an earlier one is void. */
  #connection = 0
  #state: 'down' | 'dialling' | 'up' = 'down'
  #isClosed = false
  #failures = 0
  #lastArrivalUs = 0
  #held: F[] = []
  #peerLife = 0
  /** Of the sender, as it showed itself when the connection began. */
  #run = 0

  constructor(from: PeerEnd<F>, to: PeerEnd<F>, parts: LinkParts) {
    this.#parts = parts
    this.#from = from
    this.#to = to
    this.#key = from.id * 256 + to.id
    this.#dialAfter(0)
  }

  get isUp(): boolean {
    return this.#state === 'up'
  }

  calm(roughness: Roughness): void {
    this.#parts = { ...this.#parts, roughness }
  }

  /** Returns false when it is dropped at once. */
  send(frame: F): boolean {
    if (this.#state !== 'up') return false
    const { network, random, roughness } = this.#parts
    if (network.isCut(this.#from.id, this.#to.id)) return this.#hold(frame)
    if (random.chance(roughness.lossChance)) return true
    if (random.chance(roughness.repeatChance)) {
      this.#arrive(frame, network.delayUs() + random.next() * strayUs)
    }
    if (random.chance(roughness.reorderChance)) {
      this.#arrive(frame, network.delayUs() + random.next() * strayUs)
    } else this.#arriveInOrder(frame)
    return true
  }

  /** The path to the peer was cut, or mended. */
  pathChanged(isCut: boolean): void {
    if (this.#state !== 'up') return
    if (isCut) {
      this.closeWhen(() => this.#parts.network.isCut(this.#from.id, this.#to.id))
      return
    }
    const held = this.#held
    this.#held = []
    for (const frame of held) this.#arriveInOrder(frame)
  }

  /** Closes the connection after the time that silence takes to be noticed, if it is silent yet. */
  closeWhen(isSilent: () => boolean): void {
    if (this.#state !== 'up') return
    const { schedule, random } = this.#parts
    const connection = this.#connection
    const quietUs = random.between(quietLeastUs, quietMostUs)
    schedule.after(quietUs, eventKind.closed, this.#key, () => {
      if (connection === this.#connection && isSilent()) this.break()
    })
  }

  /**
   * The peer's process is gone.
   * @param isNoticed its machine says so; else silence does, or its next life
   */
  peerCrashed(isNoticed: boolean): void {
    if (isNoticed) this.break()
    else this.closeWhen(() => this.#to.process.life !== this.#peerLife)
  }

  /** The connection ends now. Both sides notice; what is on its way arrives or does not. */
  break(): void {
    if (this.#state !== 'up') return
    if (this.#parts.random.chance(0.5)) this.#connection += 1
    this.#end()
    const { id } = this.#to
    this.#from.process.inputAfter(0, eventKind.closed, () => this.#from.unreachable(id))
  }

  /** The sender is no more, or does not want this peer any longer. */
  close(): void {
    this.#isClosed = true
    this.#state = 'down'
    this.#held = []
  }

  #end(): void {
    this.#state = 'down'
    this.#held = []
    this.#failed()
  }

  #hold(frame: F): boolean {
    if (this.#held.length >= heldFramesMax) {
      const { id } = this.#to
      this.#from.process.inputAfter(0, eventKind.closed, () => this.#from.unreachable(id))
      return false
    }
    this.#held.push(frame)
    return true
  }

  #arriveInOrder(frame: F): void {
    const { schedule, network } = this.#parts
    const atUs = Math.max(this.#lastArrivalUs, schedule.nowUs + network.delayUs())
    this.#lastArrivalUs = atUs
    this.#arrive(frame, atUs - schedule.nowUs)
  }

  #arrive(frame: F, delayUs: number): void {
    const connection = this.#connection
    const life = this.#peerLife
    const run = this.#run
    const to = this.#to
    const arrive = () => {
      if (connection === this.#connection) to.frame(this.#from.id, run, frame)
    }
    this.#parts.schedule.after(delayUs, eventKind.frame, this.#key, () => {
      if (to.process.life === life) to.process.input(eventKind.frame, arrive)
    })
  }

  #failed(): void {
    this.#state = 'down'
    const longestMs = Math.min(backoffFirstMs * 2 ** this.#failures, backoffMsMax)
    this.#failures += 1
    this.#dialAfter(longestMs * (0.5 + this.#parts.random.next() / 2))
  }

  #dialAfter(ms: number): void {
    if (this.#isClosed) return
    this.#from.process.after(ms, () => {
      if (!this.#isClosed && this.#state === 'down') this.#dial()
    })
  }

  /** Connects; the hello is composed when the connection stands. */
  #dial(): void {
    this.#state = 'dialling'
    this.#connection += 1
    const { network } = this.#parts
    const isCut = network.isCut(this.#from.id, this.#to.id)
    const delayUs = isCut ? connectTimeoutUs : 2 * network.delayUs()
    this.#atDialler(delayUs, eventKind.dial, () => {
      if (isCut || !this.#to.process.isUp) this.#failed()
      else this.#sayHello()
    })
  }

  #sayHello(): void {
    const { network, schedule } = this.#parts
    const hello = this.#from.hello()
    this.#run = hello.run
    const to = this.#to
    const connection = this.#connection
    this.#peerLife = to.process.life
    const life = this.#peerLife
    const take = () => {
      if (connection === this.#connection) this.#answer(hello)
    }
    schedule.after(network.delayUs(), eventKind.hello, this.#key, () => {
      const isThere = to.process.life === life && !network.isCut(this.#from.id, to.id)
      if (isThere) to.process.input(eventKind.hello, take)
    })
    this.#atDialler(handshakeTimeoutUs, eventKind.closed, () => {
      if (this.#state === 'dialling') this.#failed()
    })
  }

  /** At the peer. */
  #answer(hello: Handshake): void {
    const to = this.#to
    to.met.set(hello.replicaId, hello)
    const verdict = to.judge(hello)
    const isShown = verdict.kind === 'accept' || verdict.confides
    const own = isShown ? to.hello() : glimpseOf(to.hello())
    this.#atDialler(this.#parts.network.delayUs(), eventKind.answer, () => {
      if (this.#state === 'dialling') this.#answered(verdict, own)
    })
  }

  /** At the dialler again. */
  #answered(verdict: PeerVerdict, theirs: Handshake | Glimpse): void {
    if (verdict.kind === 'refuse') {
      this.#failed()
      this.#from.refused(theirs, verdict.code, verdict.told)
      return
    }
    if (!isWhole(theirs)) throw new Error('who accepts shows itself')
    this.#from.met.set(theirs.replicaId, theirs)
    const own = this.#from.judge(theirs)
    if (own.kind === 'refuse') {
      this.#failed()
      this.#tellRefusal(own.code, own.told)
      return
    }
    this.#state = 'up'
    this.#failures = 0
    this.#lastArrivalUs = 0
    if (this.#parts.network.isCut(this.#from.id, this.#to.id)) this.pathChanged(true)
    // It may have died or stopped since it answered.
    const { process } = this.#to
    if (process.life !== this.#peerLife) this.peerCrashed(false)
    if (process.isPaused) this.closeWhen(() => process.isPaused)
    this.#from.connected(theirs)
  }

  #tellRefusal(code: string, detail: string): void {
    const to = this.#to
    const { id } = this.#from
    const life = this.#peerLife
    this.#parts.schedule.after(this.#parts.network.delayUs(), eventKind.answer, this.#key, () => {
      if (to.process.life !== life) return
      to.process.input(eventKind.answer, () => {
        const shown = to.met.get(id)
        if (shown !== undefined) to.refused(shown, code, detail)
      })
    })
  }

  /** For this connection alone. */
  #atDialler(delayUs: number, kind: number, act: () => void): void {
    const connection = this.#connection
    this.#from.process.inputAfter(delayUs, kind, () => {
      if (connection === this.#connection && !this.#isClosed) act()
    })
  }
}
