/**
 * All numbers by which builds of Berth tell one another apart, and nothing else. docs/operations.md
 * says what an operator makes of them, ARCHITECTURE.md when each of them rises.
 *
 * Fields that a receiver may ignore need no number: receivers ignore those that they do not know.
 */

/** From the oldest to the newest, both included; 1 to 255. */
export interface VersionRange {
  readonly oldest: number
  readonly newest: number
}

/** What replicas say to one another over the peer port. */
export const peerProtocol: VersionRange = { oldest: 1, newest: 1 }

/** What hosts and replicas say to one another (asyncapi.yaml). */
export const hostProtocol: VersionRange = { oldest: 1, newest: 2 }

/** From this version of it on a host says that it has other types, in a session that it has. */
export const typesProtocol = 2

/** First byte of a configuration entry (src/raft/core/configuration-codec.ts). */
export const configurationLayout = 1

/** Of the list of replicas at the head of a snapshot (src/raft/node/identity/roster.ts). */
export const rosterLayout = 2

/** What a cluster does from a feature level on. */
export interface FeatureLevel {
  /**
   * Whether hosts must know it as well: it alters the ring, the digest of a table, or anything else
   * by which it is said who owns an actor.
   */
  readonly concernsHosts: boolean
  /** Version of the form of snapshots (src/fsm/snapshot-format.ts). */
  readonly snapshot: number
  /** Name of the layout of the state digest (src/fsm/cluster-state.ts). */
  readonly stateDigest: string
  /** Name of the layout of the digest of a table (asyncapi.yaml). */
  readonly tableDigest: string
}

/** That of level 1 first; each further one is one higher. */
export const featureLevels: readonly FeatureLevel[] = [
  {
    concernsHosts: true,
    snapshot: 4,
    stateDigest: 'berth.state.4',
    tableDigest: 'berth.table.2',
  },
  {
    concernsHosts: false,
    snapshot: 5,
    stateDigest: 'berth.state.5',
    tableDigest: 'berth.table.2',
  },
]

/** From this level on the types of a member may change while its epoch stays. */
export const typesLevel = 2

/**
 * A cluster below this level is too old for this build. What the levels below fix stays listed
 * above: a table may be of one of them still.
 */
export const oldestFeatureLevel = 1
