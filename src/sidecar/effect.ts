/**
 * What the machine wants done, as plain data. Its driver takes the effects behind each input and
 * executes them in order; what comes of one comes back as an input. So nothing of the user's, and
 * no socket, ever runs in the midst of an input.
 *
 * How many there are is bounded by what one input can cause: a handful, and for each of the held
 * orders that a new term lets in (`heldOrdersMax`) a few more. They never outlast the drain.
 */
import type { Fence, Get, HostMessage, NatsAddress } from '../wire/messages.js'
import type { KeySet } from './key-set.js'

export type FenceReason = Fence['code'] | 'lease_expired' | 'behind' | 'overtaken' | 'readmitted'

/** Open a session. Answered by `located`, `opened` and `closed`. */
interface Connect {
  readonly kind: 'connect'
  readonly url: string
  /** How long the connect may take, once the name is looked up, in ms. */
  readonly timeoutMs: number
}

/** Give the session up, or the try at one: nothing of it is an input any more. */
interface Disconnect {
  readonly kind: 'disconnect'
  /** For people; null when there is nothing to tell. */
  readonly reason: string | null
}

/** Over the open session. */
interface Send {
  readonly kind: 'send'
  readonly message: HostMessage
}

/** Listen to the orders over NATS. Comes with each welcome. */
interface Subscribe {
  readonly kind: 'subscribe'
  readonly address: NatsAddress
}

/** Ask for a table over NATS. Answered by `natsTable`, perhaps. */
interface Request {
  readonly kind: 'request'
  readonly get: Get
}

/** The host lets go of keys. Answered by `released`. */
export interface LetGo {
  readonly kind: 'let-go'
  /** Names this one in `released`. */
  readonly release: number
  readonly keys: KeySet
  /** From the leader's first order of the round, in ms. */
  readonly deadlineMs: number
}

/** The host stops keys at once. Answered by `stopped` or `failedToStop`. */
export interface Stop {
  readonly kind: 'stop'
  /** Names this one in `stopped`. */
  readonly fence: number
  readonly reason: FenceReason
  readonly keys: KeySet
  /** Whether the admission is over: then all is to be stopped. */
  readonly isFinal: boolean
}

/** Answers to questions may have changed. Once in a list, at its first place. */
interface Changed {
  readonly kind: 'changed'
}

/** Something that people should know of. */
interface Log {
  readonly kind: 'log'
  readonly message: string
  readonly detail: string
}

export type SidecarEffect =
  | Connect
  | Disconnect
  | Send
  | Subscribe
  | Request
  | LetGo
  | Stop
  | Changed
  | Log

const none: readonly SidecarEffect[] = []

/** The one list of the machine, on which its parts push too. */
export class Effects {
  #list: SidecarEffect[] = []
  #hasChanged = false

  push(effect: SidecarEffect): void {
    this.#list.push(effect)
  }

  /** Whoever waits is asked once, however much an input has changed. */
  changed(): void {
    if (this.#hasChanged) return
    this.#hasChanged = true
    this.#list.push({ kind: 'changed' })
  }

  /** Everything is handed out once. */
  take(): readonly SidecarEffect[] {
    if (this.#list.length === 0) return none
    const list = this.#list
    this.#list = []
    this.#hasChanged = false
    return list
  }
}
