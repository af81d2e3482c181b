/**
 * The reference of a round: one message to so many subscribers, each of which replies, over bare
 * NATS. Publisher and subscribers are in one process, as the hosts of a fleet are.
 */
import { NatsSubscription } from './nats-subscription.js'

const subject = 'bench.echo'
const inbox = 'bench.replies'
/** As long as a heartbeat that acknowledges. */
const reply = 'x'.repeat(150)

export class NatsEcho {
  readonly #subscribers: NatsSubscription[] = []
  readonly #publisher: NatsSubscription
  #replies = 0
  #done: (() => void) | null = null

  static async start(url: string): Promise<NatsEcho> {
    let echo: NatsEcho | null = null
    const publisher = await NatsSubscription.open(url, [inbox], () => {
      if (echo !== null) echo.#replied()
    })
    echo = new NatsEcho(publisher)
    return echo
  }

  private constructor(publisher: NatsSubscription) {
    this.#publisher = publisher
  }

  get size(): number {
    return this.#subscribers.length
  }

  async add(url: string): Promise<void> {
    const subscriber: NatsSubscription = await NatsSubscription.open(url, [subject], (message) =>
      subscriber.publish(message.reply, reply),
    )
    this.#subscribers.push(subscriber)
  }

  /** @param payload as long as an order @returns ms from the publication to the last reply */
  async turn(payload: string): Promise<number> {
    this.#replies = 0
    const done = new Promise<void>((resolve) => {
      this.#done = resolve
    })
    const startMs = performance.now()
    this.#publisher.publish(subject, payload, inbox)
    await done
    return performance.now() - startMs
  }

  close(): void {
    this.#publisher.close()
    for (const subscriber of this.#subscribers) subscriber.close()
  }

  #replied(): void {
    this.#replies += 1
    if (this.#replies === this.#subscribers.length) this.#done?.()
  }
}
