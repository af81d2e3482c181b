/** How much the replicated state may hold of each kind. Every replica must use the same numbers. */

/**
 * Generations that may lie between the disseminated and the newest one. At it, upserts and cordons
 * are answered `overloaded` until a round is finished; removals, which take work away, go on.
 */
export const generationsAheadMax = 65_536

/** Namespaces. At it, a host of another one is answered `overloaded`. */
export const namespacesMax = 10_000

/** Cordoned names of a namespace, members or not. At it, a cordon is answered `overloaded`. */
export const cordonsMax = 10_000

/** Evicted names of a namespace that are refused. Above it the one whose time ends first goes. */
export const refusalsMax = 10_000

/** Results kept for retries. Above it the oldest go; a retry after that is a new command. */
export const resultsMax = 10_000

/** How long a result is kept for retries, by the time in the commands, in ms. */
export const resultAgeMsMax = 24 * 3600 * 1000

/** Terms whose leader is remembered. */
export const leadersMax = 8
