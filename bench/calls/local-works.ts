/** With an actor of the own host: the function alone, a call of it, a call read to its end. */
export type LocalWork = 'bare' | 'status' | 'body'

/** Samples in µs of CPU for one, one for each repetition. */
export type LocalCallRun = Readonly<Record<LocalWork, readonly number[]>>
