/** The public face of `berth/raft`. How to host it: docs/raft.md. */
export { emptyConfiguration, memberIds, plainConfiguration } from './configuration.js'
export { decodeChange, encodeChange } from './configuration-codec.js'
export type { RestoredState } from './core-state.js'
export type {
  Configuration,
  ConfigurationChange,
  ConfigurationProposal,
  Entry,
  EntryKind,
  HardState,
  MemberChange,
  ReplicaId,
  SnapshotMeta,
  Transition,
} from './entry.js'
export { InvariantError } from './invariant.js'
export { entriesPerAppendMax, membersMax, termMax, termRiseMax } from './limits.js'
export type { LogPosition } from './log.js'
export type * from './message.js'
export type { AppendRecord, Output, ReadState, Role, Standing } from './output.js'
export { parseMessage } from './parse-message.js'
export type { ProgressState } from './progress.js'
export { Raft } from './raft.js'
export type { Proposed, ReadAsked, Refusal } from './refusal.js'
export { type RaftOptions, type RaftSettings, raftDefaults } from './settings.js'
export type { PeerStatus, Status } from './status.js'
