/**
 * What one node may say and another one takes, beyond the limits of the core: both ends of a
 * connection hold to these same numbers. Settings by which a frame could grow beyond them are
 * refused (node-options.ts): a frame that no receiver takes would be sent again for ever.
 */
import { entryOverheadBytes } from '../core/limits.js'

/** Largest frame once a peer is known, type and body, in bytes. */
export const frameBytesMax = 16 << 20

/** Largest frame before that: a handshake. */
export const handshakeBytesMax = 64 << 10

/** What a frame takes at most beside entries or the bytes of a chunk: a configuration, say. */
const frameOverheadBytes = 4096

/** Most bytes of entries in one append, or of a chunk in its frame. */
export const payloadBytesMax = frameBytesMax - frameOverheadBytes

/** Largest data of one entry that an append can carry. */
export const entryDataBytesMax = payloadBytesMax - entryOverheadBytes

/** Largest context of a membership change: 64 members and where each is reached. */
export const contextBytesMax = 128 << 10

/** Texts in a handshake are no longer than this, in UTF-16 units. */
export const handshakeTextUnitsMax = 128

/** Texts beside it, an address or why somebody is refused, in UTF-16 units. */
export const helloTextUnitsMax = 1_024

/** Most values of a handshake: of each known peer it has five. */
export const helloValuesMax = 1_024

/** Longest `host:port` of a replica, in UTF-16 units. */
export const addressUnitsMax = 512

/** Longest digest of a state machine, in UTF-16 units; whatever it is made of. */
export const digestUnitsMax = 128

/** Most digests in one frame. */
export const digestPointsMax = 8

/** Longest reason for which a snapshot is refused, in UTF-16 units. */
export const reasonUnitsMax = 1024

/** Most ids that a cluster ever removes: each is remembered, for none is used again. */
export const removedMax = 65_536
