/** How much the replicated state may hold of each kind. Every replica must use the same numbers. */

/**
 * Generations that may lie between the disseminated and the newest one. At it, upserts and cordons
 * are answered `overloaded` until a round is finished; removals, which take work away, go on.
 */
export const generationsAheadMax = 16_384

/** Namespaces. At it, a host of another one is answered `overloaded`. */
export const namespacesMax = 4_096

/** Cordoned names of a namespace, members or not. At it, a cordon is answered `overloaded`. */
export const cordonsMax = 4_096

/** Evicted names of a namespace that are refused. Above it the one whose time ends first goes. */
export const refusalsMax = 4_096

/** Results kept for retries. Above it the oldest go; a retry after that is a new command. */
export const resultsMax = 10_000

/** How long a result is kept for retries, by the time in the commands, in ms. */
export const resultAgeMsMax = 24 * 3600 * 1000

/** Terms whose leader is remembered. */
export const leadersMax = 8
