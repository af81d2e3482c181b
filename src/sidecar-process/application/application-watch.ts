/**
 * Watches the application: asks it for its configuration until it is there, then whether it is
 * well, and offers its types to the cluster while it is. Pure: every input carries the time, and
 * what is to be done `takeEffects` gives out.
 *
 * Invariants:
 * - One question is under way at a time.
 * - Types are offered only while the application is up, behind what it has said of itself.
 * - A configuration holds until the next one that can be read.
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
  /** Why it is not up, or why the cluster has not taken its types yet; null for nothing. */
  readonly reason: string | null
}

/** Between two tries as long as it is not up, in ms. */
export const tryEveryMs = 1_000
/** Between two looks whether it is well: by its health path, and without one, in ms. */
export const healthEveryMs = 2_000
export const presenceEveryMs = 5_000
/** So many looks in a row that fail make it unhealthy. */
export const failuresMax = 3
/** Types that the cluster does not take yet are offered again, in ms. */
export const offerAgainMs = 30_000

const configPath = '/berth/config'
/** Answers of those that have no configuration, some of which know no GET. */
const nothingThere = [404, 405, 410, 501]

/** What a question is for. */
type Purpose = 'config' | 'first-health' | 'health' | 'presence'

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
  /** Whether its configuration is to be read anew although it is up. */
  #rereads = false
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
    return { state: this.#state, sinceMs, reason: reason ?? this.#offerReason }
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
    if (this.#state !== 'up' || this.#rereads) this.#ask('config')
    else this.#ask(this.#config?.health == null ? 'presence' : 'health')
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
        this.#onLook(isWell(outcome) ? null : describe(this.#config?.health ?? '', outcome), now)
        break
      case 'presence':
        this.#onLook(outcome.kind === 'refused' ? describe(configPath, outcome) : null, now)
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

  // ---- until it is up ------------------------------------------------------------------------

  #onConfig(outcome: AskOutcome, now: number): void {
    const isNone = outcome.kind === 'answer' && nothingThere.includes(outcome.status)
    const isThere = outcome.kind === 'answer' && outcome.status === 200
    if (!isNone && !isThere) {
      this.#notUp(describe(configPath, outcome), false, now)
      return
    }
    try {
      const { choices, typesFault } = this.#options
      this.#next = readConfig(isThere ? outcome.body : null, choices, typesFault)
    } catch (error) {
      this.#notUp(`GET ${configPath}: ${messageOf(error)}`, true, now)
      return
    }
    if (this.#next.config.health === null) this.#up(now)
    else this.#ask('first-health')
  }

  #onFirstHealth(outcome: AskOutcome, now: number): void {
    if (isWell(outcome)) this.#up(now)
    else this.#notUp(describe(this.#next?.config.health ?? '', outcome), false, now)
  }

  /** @param isWrong whether what it says can never be right: then it is not up at once */
  #notUp(reason: string, isWrong: boolean, now: number): void {
    this.#next = null
    if (this.#state === 'up' && !isWrong) {
      this.#onLook(reason, now)
      return
    }
    this.#askAtMs = now + tryEveryMs
    this.#reason = reason
    if (this.#state === 'up') this.#unhealthy(now)
    else if (this.#said !== reason) {
      this.#said = reason
      this.#say(isWrong ? 'error' : 'info', { reason }, 'the application is not up yet')
    }
  }

  #up(now: number): void {
    const next = this.#next
    this.#next = null
    if (next === null) return
    const { config, unknown } = next
    this.#config = config
    this.#failures = 0
    this.#reason = null
    this.#said = ''
    this.#askAtMs = now + (config.health === null ? presenceEveryMs : healthEveryMs)
    this.#sayUnknown(unknown)
    this.#effects.push({ kind: 'configure', config })
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

  // ---- while it is up ------------------------------------------------------------------------

  /** @param fault why this look failed; null when it is well */
  #onLook(fault: string | null, now: number): void {
    if (fault === null) {
      const wasAway = this.#failures > 0
      this.#failures = 0
      this.#askAtMs = now + (this.#config?.health == null ? presenceEveryMs : healthEveryMs)
      // It may have been started anew meanwhile.
      if (wasAway) this.#ask('config')
      return
    }
    this.#failures += 1
    this.#askAtMs = now + healthEveryMs
    if (this.#failures < failuresMax) return
    this.#reason = fault
    this.#unhealthy(now)
  }

  #unhealthy(now: number): void {
    this.#failures = 0
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

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one))
}
