/** What the program `lookup` is asked for, and what it prints. */
export type Question = 'hash' | 'where' | 'peek' | 'owns' | 'hashring'

/** ns of CPU for one question, a sample for each repetition. */
export type LookupRun = Readonly<Record<Question, readonly number[]>>
