/**
 * Watches the application: asks it for its configuration until it is there, then whether it is
 * well, and offers its types to the cluster while it is. It goes on asking for the configuration:
 * an application that was started anew between two looks may have another one. Pure: every input
 * carries the time, and what is to be done `takeEffects` gives out.
 *
 * Invariants:
 * - One question is under way at a time.
 * - Types are offered only while the application is up, behind what it has said of itself.
 * - A configuration holds until the next answer to that question; no answer changes nothing.
 */
import { messageOf } from '../../errors/message-of.js'
import type { ApplicationChoices } from './application-choices.js'
import { type ApplicationConfig, type ReadConfig, readConfig } from './config-document.js'
import type { AskOutcome, OfferOutcome, WatchEffect } from './watch-effect.js'

export interface WatchOptions {
  readonly choices: ApplicationChoices
  /** What is wrong with a list of types; null for nothing. */
  readonly typesFault: (types: readonly string[]) => string | null
}

export interface ApplicationState {
  readonly state: 'waiting' | 'up' | 'unhealthy'
  /** When it became so, by the clock of the inputs. */
  readonly sinceMs: number
  /**
   * Why it is not up; or why its configuration could not be read anew, or the cluster has not taken
   * its types yet; null for nothing.
   */
  readonly reason: string | null
}

/** Between two tries as long as it is not up, in ms. */
export const tryEveryMs = 1_000
/** Between two looks at its health path, in ms. */
export const healthEveryMs = 2_000
/** Between two questions for its configuration while it is up, in ms. */
export const configEveryMs = 5_000
/** So many looks in a row that fail make it unhealthy. */
export const failuresMax = 3
/** Types that the cluster does not take yet are offered again, in ms. */
export const offerAgainMs = 30_000

const configPath = '/berth/config'
/** Answers of those that have no configuration, some of which know no GET. */
const nothingThere = [404, 405, 410, 501]

/** What a question is for. */
type Purpose = 'config' | 'first-health' | 'health'

export class ApplicationWatch {
  readonly #options: WatchOptions
  #effects: WatchEffect[] = []
  #state: ApplicationState['state'] = 'waiting'
  #sinceMs: number
  #reason: string | null = 'it was not asked yet'
  #config: ApplicationConfig | null = null
  /** Read, and to be taken over when the application is well. */
  #next: ReadConfig | null = null
  #asked = 0
  #purpose: Purpose | null = null
  #askAtMs: number
  #failures = 0
  /** Whether somebody wants its configuration to be read anew. */
  #rereads = false
  /** When its configuration was read last. */
  #readAtMs = Number.NEGATIVE_INFINITY
  /** Why it could not be read anew. */
  #unread: string | null = null
  #offers = 0
  #offered: readonly string[] = []
  #offerAtMs = Number.POSITIVE_INFINITY
  #offerReason: string | null = null
  /** What was said of it last, so that it is said once. */
  #said = ''
  #saidUnknown = ''

  constructor(options: WatchOptions, now: number) {
    this.#options = options
    this.#sinceMs = now
    this.#askAtMs = now
  }

  takeEffects(): readonly WatchEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  // ---- questions -----------------------------------------------------------------------------

  get state(): ApplicationState {
    const { sinceMs, reason } = { sinceMs: this.#sinceMs, reason: this.#reason }
    return { state: this.#state, sinceMs, reason: reason ?? this.#unread ?? this.#offerReason }
  }

  /** What it has said last; null before. */
  get config(): ApplicationConfig | null {
    return this.#config
  }

  /** When `tick` has something to do; infinite for never. */
  get nextDueMs(): number {
    return Math.min(this.#purpose === null ? this.#askAtMs : this.#offerAtMs, this.#offerAtMs)
  }

  // ---- inputs --------------------------------------------------------------------------------

  tick(now: number): void {
    if (now >= this.#offerAtMs) this.#offer(this.#offered)
    if (this.#purpose !== null || now < this.#askAtMs) return
    const hasHealth = this.#config?.health != null
    this.#ask(this.#state === 'up' && hasHealth && !this.#rereads ? 'health' : 'config')
  }

  /** Somebody wants its configuration to be read anew. */
  reload(now: number): void {
    this.#rereads = true
    this.#askAtMs = now
  }

  answered(number: number, outcome: AskOutcome, now: number): void {
    const purpose = this.#purpose
    if (number !== this.#asked || purpose === null) return
    this.#purpose = null
    switch (purpose) {
      case 'config':
        this.#onConfig(outcome, now)
        break
      case 'first-health':
        this.#onFirstHealth(outcome, now)
        break
      case 'health':
        this.#onHealth(outcome, now)
        break
      default:
        purpose satisfies never
    }
    if (this.#rereads) this.#askAtMs = now
  }

  offered(number: number, outcome: OfferOutcome, now: number): void {
    if (number !== this.#offers) return
    this.#offerReason = outcome.kind === 'taken' ? null : `its types: ${outcome.detail}`
    if (outcome.kind === 'taken') return
    const fields = { types: this.#offered, reason: outcome.detail }
    if (outcome.kind === 'later') this.#offerAtMs = now + offerAgainMs
    this.#say('warn', fields, 'the cluster has not taken the types of the application')
  }

  // ---- what it answers -----------------------------------------------------------------------

  #onConfig(outcome: AskOutcome, now: number): void {
    this.#readAtMs = now
    const isNone = outcome.kind === 'answer' && nothingThere.includes(outcome.status)
    const isThere = outcome.kind === 'answer' && outcome.status === 200
    if (!isNone && !isThere) {
      this.#onNoConfig(outcome, now)
      return
    }
    let next: ReadConfig
    try {
      const { choices, typesFault } = this.#options
      next = readConfig(isThere ? outcome.body : null, choices, typesFault)
    } catch (error) {
      this.#notUp(`GET ${configPath}: ${messageOf(error)}`, true, now)
      return
    }
    this.#unread = null
    const isKnown = this.#state === 'up' && isSameConfig(next.config, this.#config)
    if (isKnown && next.config.health !== null) this.#askAtMs = now + healthEveryMs
    else {
      this.#next = next
      if (next.config.health === null) this.#up(now)
      else this.#ask('first-health')
    }
  }

  /** One that is up goes on by what it said before, unless nobody is there. */
  #onNoConfig(outcome: AskOutcome, now: number): void {
    const reason = describe(configPath, outcome)
    if (this.#state !== 'up') this.#notUp(reason, false, now)
    else if (outcome.kind === 'refused') this.#failed(reason, now)
    else {
      const hasHealth = this.#config?.health != null
      if (!hasHealth) this.#failures = 0
      this.#askAtMs = now + (hasHealth ? healthEveryMs : configEveryMs)
      const isNew = this.#unread === null
      this.#unread = reason
      const message = 'the configuration of the application cannot be read: the old one holds'
      if (isNew) this.#say('warn', { reason }, message)
    }
  }

  #onFirstHealth(outcome: AskOutcome, now: number): void {
    const reason = describe(this.#next?.config.health ?? '', outcome)
    if (isWell(outcome)) this.#up(now)
    else if (this.#state === 'up') this.#failed(reason, now)
    else this.#notUp(reason, false, now)
  }

  #onHealth(outcome: AskOutcome, now: number): void {
    if (!isWell(outcome)) {
      this.#failed(describe(this.#config?.health ?? '', outcome), now)
      return
    }
    // It may have been started anew meanwhile.
    const mayBeNew = this.#failures > 0 || now >= this.#readAtMs + configEveryMs
    this.#failures = 0
    this.#askAtMs = now + healthEveryMs
    if (mayBeNew) this.#ask('config')
  }

  /** @param isWrong whether what it says can never be right */
  #notUp(reason: string, isWrong: boolean, now: number): void {
    this.#next = null
    this.#askAtMs = now + tryEveryMs
    this.#reason = reason
    if (this.#state === 'up') this.#unhealthy(now)
    else if (this.#said !== reason) {
      this.#said = reason
      this.#say(isWrong ? 'error' : 'info', { reason }, 'the application is not up yet')
    }
  }

  /** While it is up: a look has failed. */
  #failed(reason: string, now: number): void {
    this.#next = null
    this.#failures += 1
    this.#askAtMs = now + healthEveryMs
    if (this.#failures < failuresMax) return
    this.#reason = reason
    this.#unhealthy(now)
  }

  #up(now: number): void {
    const next = this.#next
    this.#next = null
    if (next === null) return
    const { config, unknown } = next
    const isNew = this.#state !== 'up' || !isSameConfig(config, this.#config)
    this.#config = config
    this.#failures = 0
    this.#reason = null
    this.#said = ''
    this.#askAtMs = now + (config.health === null ? configEveryMs : healthEveryMs)
    this.#sayUnknown(unknown)
    if (isNew) this.#effects.push({ kind: 'configure', config })
    if (this.#state !== 'up') {
      this.#change('up', now)
      this.#say('info', { types: config.types }, 'the application is up')
    }
    if (!isSame(config.types, this.#offered)) this.#offer(config.types)
  }

  #sayUnknown(unknown: readonly string[]): void {
    const keys = unknown.join()
    if (keys === this.#saidUnknown) return
    this.#saidUnknown = keys
    if (keys === '') return
    this.#say('warn', { keys: unknown }, 'the configuration of the application has unknown keys')
  }

  #unhealthy(now: number): void {
    this.#failures = 0
    this.#unread = null
    this.#askAtMs = now + tryEveryMs
    this.#said = this.#reason ?? ''
    this.#change('unhealthy', now)
    const reason = this.#reason
    this.#say('warn', { reason }, 'the application is not well: its types are withdrawn')
    this.#offer([])
  }

  // ---- what it does --------------------------------------------------------------------------

  #ask(purpose: Purpose): void {
    this.#purpose = purpose
    this.#asked += 1
    if (purpose === 'config') this.#rereads = false
    const health = this.#next?.config.health ?? this.#config?.health ?? ''
    const isHealth = purpose === 'health' || purpose === 'first-health'
    const path = isHealth ? health : configPath
    const wantsBody = purpose === 'config'
    this.#effects.push({ kind: 'ask', number: this.#asked, path, wantsBody })
  }

  #offer(types: readonly string[]): void {
    this.#offers += 1
    this.#offered = types
    this.#offerAtMs = Number.POSITIVE_INFINITY
    this.#offerReason = null
    this.#effects.push({ kind: 'offer', number: this.#offers, types })
  }

  #change(state: ApplicationState['state'], now: number): void {
    this.#state = state
    this.#sinceMs = now
  }

  #say(
    level: 'info' | 'warn' | 'error',
    fields: Readonly<Record<string, unknown>>,
    message: string,
  ): void {
    this.#effects.push({ kind: 'say', level, fields, message })
  }
}

function isWell(outcome: AskOutcome): boolean {
  return outcome.kind === 'answer' && outcome.status >= 200 && outcome.status < 300
}

function describe(path: string, outcome: AskOutcome): string {
  if (outcome.kind === 'answer') return `GET ${path} was answered with ${outcome.status}`
  return `GET ${path}: ${outcome.reason}`
}

function isSameConfig(a: ApplicationConfig, b: ApplicationConfig | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one))
}
