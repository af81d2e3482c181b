/** Drives the watch of the application: asks over HTTP, and passes on what is wanted of others. */
import type { Log } from '../../log/log.js'
import type { LocalApplication } from '../api/local-state.js'
import { ApplicationAsker } from '../application/application-asker.js'
import { ApplicationWatch, type WatchOptions } from '../application/application-watch.js'
import type { ApplicationConfig } from '../application/config-document.js'
import type { OfferOutcome, WatchEffect } from '../application/watch-effect.js'

export interface ApplicationEvents {
  /** The application has said what it wants. */
  configured(config: ApplicationConfig): void
  /** The host is to have these types from now on. */
  offer(types: readonly string[]): Promise<OfferOutcome>
}

export class ApplicationWatchDriver {
  readonly #watch: ApplicationWatch
  readonly #asker: ApplicationAsker
  readonly #events: ApplicationEvents
  readonly #log: Log
  #timer: NodeJS.Timeout | null = null
  #asks = 0
  #whenAsked: (() => void) | null = null
  #isClosed = false

  constructor(app: string, options: WatchOptions, log: Log, events: ApplicationEvents) {
    this.#watch = new ApplicationWatch(options, performance.now())
    this.#asker = new ApplicationAsker(app)
    this.#events = events
    this.#log = log
  }

  /** Begins to watch. Resolves when it is known whether the application is up: within 2 s. */
  begin(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenAsked = resolve
      this.#input((now) => this.#watch.tick(now))
    })
  }

  get state(): LocalApplication {
    const { state, sinceMs, reason } = this.#watch.state
    return { state, reason, forMs: Math.max(0, Math.round(performance.now() - sinceMs)) }
  }

  /** Null before it has said anything. */
  get config(): ApplicationConfig | null {
    return this.#watch.config
  }

  /** Its configuration is read anew. */
  reload(): void {
    this.#input((now) => this.#watch.reload(now))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    await this.#asker.close()
  }

  #input(act: (now: number) => void): void {
    if (this.#isClosed) return
    act(performance.now())
    for (const effect of this.#watch.takeEffects()) this.#execute(effect)
    if (this.#asks === 0) this.#asked()
    this.#schedule()
  }

  #asked(): void {
    this.#whenAsked?.()
    this.#whenAsked = null
  }

  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    const { nextDueMs } = this.#watch
    this.#timer = null
    if (!Number.isFinite(nextDueMs)) return
    const delayMs = Math.max(0, Math.ceil(nextDueMs - performance.now()))
    this.#timer = setTimeout(() => this.#input((now) => this.#watch.tick(now)), delayMs)
  }

  #execute(effect: WatchEffect): void {
    switch (effect.kind) {
      case 'ask':
        this.#asks += 1
        void this.#asker.ask(effect).then((outcome) => {
          this.#asks -= 1
          this.#input((now) => this.#watch.answered(effect.number, outcome, now))
        })
        return
      case 'configure':
        this.#events.configured(effect.config)
        return
      case 'offer':
        void this.#events.offer(effect.types).then((outcome) => {
          this.#input((now) => this.#watch.offered(effect.number, outcome, now))
        })
        return
      case 'say':
        this.#log[effect.level](effect.fields, effect.message)
        return
      default:
        effect satisfies never
    }
  }
}
