/** A call while it is carried: its request, where its answer goes, and the attempt under way. */
import type { AnswerSink } from './answer-sink.js'
import type { StreamBody } from './stream-body.js'

/** What was asked, ready to be sent on, and to be sent again where the body is held. */
export interface CallRequest {
  readonly type: string
  readonly id: string
  readonly method: string
  /** For the application: `/{type}/{id}` and what follows, byte for byte as it came. */
  readonly path: string
  /** Where in `path` the part behind the id begins. */
  readonly restAt: number
  /** Those that go on, flat: name, value. */
  readonly headers: readonly string[]
  /** Held, streamed once, or none. */
  readonly body: Buffer | StreamBody | null
}

/** How a try at an application or another host is broken off. */
export interface Attempt {
  /** Breaks it. It has told how it ended when this returns. */
  cut(): void
  /** Breaks it as well, unless something of it went out that an application can have seen. */
  retract(): void
}

export interface Exchange {
  /** Its number in this process, which rises. */
  readonly call: number
  readonly request: CallRequest
  readonly sink: AnswerSink
  /** Whether its caller asked what happens to it. */
  readonly isExplained: boolean
  /** Whether it is part of another call, which does not end before it. */
  readonly isPart: boolean
}
