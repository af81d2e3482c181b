/** How much the replicated state may hold of each kind. Every replica must use the same numbers. */

/**
 * Generations that may lie between the disseminated and the newest one. At it, upserts and cordons
 * are answered `overloaded` until a round is finished; removals, which take work away, go on.
 */
export const generationsAheadMax = 16_384

/** Namespaces. At it, a host of another one is answered `overloaded`. */
export const namespacesMax = 4_096

/** Members of a namespace. At it, a host with another name is answered `overloaded`. */
export const namespaceMembersMax = 131_072

/** Members of all namespaces together. At it, a host with another name is answered `overloaded`. */
export const membersMax = 262_144

/**
 * Bytes of the actor types of a host, as UTF-8; asyncapi.yaml says so of the hello. Beyond it the
 * host is answered `overloaded` here.
 */
export const hostTypeBytesMax = 16_384

/**
 * Bytes of the type sets that the members of a namespace use, each counted once. At it, a host
 * with another set of types is answered `overloaded`.
 */
export const namespaceTypeBytesMax = 16 * 1024 * 1024

/** The same of all namespaces together. */
export const typeBytesMax = 64 * 1024 * 1024

/** Ids of type sets that a namespace may ever use: it and the next one are uint32. */
export const typeSetIdMax = 0xffff_fffe

/** Bytes of one command of the leader's own, encoded: of hosts that join, or that go. */
export const commandBytesMax = 1024 * 1024

/** Cordoned names of a namespace, members or not. At it, a cordon is answered `overloaded`. */
export const cordonsMax = 4_096

/** Evicted names of a namespace that are refused. Above it the one whose time ends first goes. */
export const refusalsMax = 4_096

/** Results kept for retries. Above it the oldest go; a retry after that is a new command. */
export const resultsMax = 10_000

/** How long a result is kept for retries at least, by `calmMs` (state-clock.ts), in ms. */
export const resultAgeMsMax = 24 * 3600 * 1000

/** Replicas whose addresses are kept. At it, another one is answered `overloaded`. */
export const replicasMax = 64

/** Terms whose leader is remembered. */
export const leadersMax = 8
