/** Event streams on their connections: does what the feed of events says. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { EventFeed, FeedEffect } from './event-feed.js'
import { eventText, pulseText } from './event-text.js'
import type { LocalEvent } from './local-state.js'

/** Between two signs that a stream is there, in ms. */
const pulseMs = 15_000

export class EventStreams {
  readonly #feed: EventFeed
  readonly #responses = new Map<number, ServerResponse>()
  #pulse: NodeJS.Timeout | null = null

  constructor(feed: EventFeed) {
    this.#feed = feed
  }

  /** @throws BerthError `overloaded` when one more would be too many */
  refuseMore(): void {
    this.#feed.refuseMore()
  }

  /** @param first what the stream begins with */
  open(response: ServerResponse, headers: OutgoingHttpHeaders, first: string): void {
    const stream = this.#feed.open(first)
    this.#responses.set(stream, response)
    // Its end comes as `close`, whatever it was.
    response.on('error', () => undefined)
    response.once('close', () => this.#closed(stream))
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' })
    this.#act()
    this.#pulse ??= setInterval(() => this.#say(pulseText), pulseMs).unref()
  }

  say(event: LocalEvent): void {
    if (this.#responses.size > 0) this.#say(eventText(event))
  }

  /** Ends all streams. */
  close(): void {
    this.#feed.close()
    this.#act()
    this.#stopPulse()
  }

  #say(text: string): void {
    this.#feed.say(text)
    this.#act()
  }

  #act(): void {
    for (const effect of this.#feed.takeEffects()) this.#do(effect)
  }

  #do(effect: FeedEffect): void {
    const { stream } = effect
    const response = this.#responses.get(stream)
    if (response === undefined) return
    if (effect.kind === 'send') {
      const { text, bytes } = effect
      response.write(text, () => this.#feed.taken(stream, bytes))
      return
    }
    this.#responses.delete(stream)
    if (effect.isBehind) response.destroy()
    else response.end()
  }

  #closed(stream: number): void {
    this.#responses.delete(stream)
    this.#feed.closed(stream)
    if (this.#feed.count === 0) this.#stopPulse()
  }

  #stopPulse(): void {
    if (this.#pulse !== null) clearInterval(this.#pulse)
    this.#pulse = null
  }
}
