/** How a `deliver` or a `forward` ended, as the edge tells it. */
export type CallOutcome =
  /** The whole answer was passed on, and it was not a refusal of ours. */
  | { readonly kind: 'answered' }
  /**
   * Of a `forward` alone: the other sidecar refused it (421 with Berth-Refused), and no application
   * saw it. `generation` of its table; null when it has none.
   */
  | {
      readonly kind: 'declined'
      readonly generation: number | null
      /** Whether none of the body is used up, so that the call can go elsewhere. */
      readonly canSendAgain: boolean
    }
  /**
   * Nothing of the call can have reached an application: connection refused, name not found, TLS
   * refused, pool closed before a byte was sent, go-ahead not given.
   */
  | {
      readonly kind: 'refused'
      /** As with `declined`. */
      readonly canSendAgain: boolean
      readonly reason: string
    }
  /** As many calls are on their way to that place as may be: nothing of it was sent. */
  | { readonly kind: 'full'; readonly reason: string }
  /**
   * It broke, or was cut, after bytes were sent; or the other sidecar said that this happened to it
   * (a problem of ours with the code `call_lost`). What the application did nobody knows.
   */
  | {
      readonly kind: 'lost'
      /** Whether the caller has seen the beginning of the answer: then that just ends. */
      readonly answerBegan: boolean
      /** Whether the whole request is held, so that it can be sent again. */
      readonly canSendAgain: boolean
      readonly reason: string
    }
