// Calls actors at random, so many in a second, and writes down what each call came to: a line of
// JSON, written at once, so that a process that is killed loses none that it has seen. Times are of
// the machine's monotonic clock, in ms.
import { randomUUID } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import { counterIds } from './counting.mjs'

const clockMs = () => Number(process.hrtime.bigint() / 1_000n) / 1_000

/** Until whoever calls has to have an answer, in ms. */
export const callMs = 20_000

export class Calling {
  #file
  #ask
  #run = randomUUID()
  #calls = 0
  #underWay = new Set()
  #timer

  /** @param ask calls an actor under a name for the call; gives the answer's status and text */
  constructor(file, perSecond, ask) {
    this.#file = openSync(file, 'a')
    this.#ask = ask
    // A process that stood still does not make up for what it missed.
    this.#timer = setInterval(() => this.#begin(), 1_000 / perSecond)
  }

  /** No further calls. */
  stop() {
    clearInterval(this.#timer)
  }

  /** All calls are over. */
  async end() {
    await Promise.all(this.#underWay)
  }

  #begin() {
    const one = this.#call()
    this.#underWay.add(one)
    void one.finally(() => this.#underWay.delete(one))
  }

  async #call() {
    this.#calls += 1
    const call = `${this.#run} ${this.#calls}`
    const id = counterIds[Math.floor(Math.random() * counterIds.length)]
    const fromMs = clockMs()
    const answer = await this.#answerTo(id, call)
    const line = { call, id, fromMs, toMs: clockMs(), ...answer }
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }

  async #answerTo(id, call) {
    try {
      const { status, text } = await this.#ask(id, call)
      return { status, ...JSON.parse(text) }
    } catch (error) {
      return { status: null, detail: error.message }
    }
  }
}
