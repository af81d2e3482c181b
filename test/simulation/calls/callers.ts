/** Who calls actors from outside, at any host: some go away before they have their answer. */
import type { ActorKey } from '../../../src/calls/machine/ownership.js'
import type { Random } from '../kernel/random.js'
import type { Schedule } from '../kernel/schedule.js'
import type { Book, Request } from './book.js'
import { callKind } from './event-kinds.js'
import { conclude, type SimHost } from './host.js'
import type { CallResult } from './open-call.js'
import { keyName } from './placement.js'

export interface CallersPace {
  /** Between two calls, in ms. */
  meanMs: number
  goneChance: number
}

export class Callers {
  readonly #schedule: Schedule
  readonly #random: Random
  readonly #book: Book
  readonly pace: CallersPace

  constructor(schedule: Schedule, random: Random, book: Book, pace: CallersPace) {
    this.#schedule = schedule
    this.#random = random
    this.#book = book
    this.pace = pace
  }

  start(hosts: readonly SimHost[], keys: readonly ActorKey[]): void {
    const next = () => {
      if (this.pace.meanMs === 0) return
      this.call(this.#random.pick(hosts), this.#random.pick(keys))
      const us = this.#random.exponential(this.pace.meanMs * 1_000)
      this.#schedule.after(us, callKind.caller, 0, next)
    }
    next()
  }

  call(
    host: SimHost,
    key: ActorKey,
    whenOver: (result: CallResult) => void = () => undefined,
  ): void {
    const random = this.#random
    const request = this.#book.request(keyName(key), random.chance(0.4))
    const timeoutMs = random.pick([20, 300, 1_000, 3_000, 8_000]) * (0.5 + random.next())
    const goesAway = random.chance(this.pace.goneChance)
    this.make(host, key, request, timeoutMs, goesAway, whenOver)
  }

  make(
    host: SimHost,
    key: ActorKey,
    request: Request,
    timeoutMs: number,
    goesAway: boolean,
    whenOver: (result: CallResult) => void,
  ): void {
    let isGone = false
    const { life } = host.process
    const number = host.call(key, request, { timeoutMs }, (result) => {
      if (isGone) return
      conclude(this.#book, request, result)
      whenOver(result)
    })
    if (number === null || !goesAway) return
    const us = this.#random.exponential(100_000)
    this.#schedule.after(us, callKind.caller, 0, () => {
      if (request.outcome !== null || host.process.life !== life) return
      host.process.input(callKind.caller, () => {
        if (request.outcome !== null) return
        isGone = true
        this.#book.abandon(request)
        host.gone(number)
      })
    })
  }
}
