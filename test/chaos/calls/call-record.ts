/** What is known of calls: what callers saw, and what was added. */

/** A call as its caller saw it. */
export interface SeenCall {
  /** Its name: there is no other of it. */
  readonly call: string
  /** The counter. */
  readonly id: string
  /** By the machine's monotonic clock, in ms. */
  readonly fromMs: number
  readonly toMs: number
  /** Number of the host that called, from 0. */
  readonly caller: number
  /** Null where the answer broke off. */
  readonly status: number | null
  /** Of a problem document: `unknown` where the actor may have had it. */
  readonly outcome?: 'unknown'
  /** Of a problem document; absent where the application answered. */
  readonly code?: string
  readonly detail?: string
  /** Of a 200: who answered, under which token, and the number behind it. */
  readonly host?: string
  readonly token?: number
  readonly number?: number
}

/** One was added to a counter. */
export interface Addition {
  readonly counter: string
  readonly call: string
  readonly host: string
  readonly number: number
  readonly token: number
}

/** Whether the number may have been added to, by what the caller was told. */
export function sureOf({ status, outcome, code }: SeenCall): 'once' | 'never' | 'unknown' {
  if (status === 200) return 'once'
  if (status === null || outcome === 'unknown') return 'unknown'
  // The application says of a 409 alone that it has added nothing.
  return code !== undefined || status === 409 ? 'never' : 'unknown'
}
