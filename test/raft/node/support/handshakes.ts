/** Handshakes and stored states for tests, whole but for what a test says of them. */

import type { Identity, StoredState } from '../../../../src/raft/node/disk/storage.js'
import type { Handshake } from '../../../../src/raft/node/identity/handshake.js'

/** Replica 2 of the cluster `test`, which began with 1, 2 and 3, in its first run. */
export function handshakeOf(given: Partial<Handshake> = {}): Handshake {
  const id = given.replicaId ?? 2
  return {
    clusterName: 'test',
    clusterId: 'cluster-a',
    replicaId: id,
    uuid: `uuid-${id}`,
    run: 100,
    incarnation: 1,
    started: { term: 0, lastIndex: 0 },
    durable: { term: 0, lastIndex: 0 },
    isEmpty: false,
    initialVoters: [1, 2, 3],
    knownPeers: [],
    ...given,
  }
}

/** The same of a replica whose database is empty. */
export function emptyHandshakeOf(given: Partial<Handshake> = {}): Handshake {
  return handshakeOf({ clusterId: null, isEmpty: true, ...given })
}

export function storedState(
  id: number,
  identity: Partial<Identity> = {},
  given: Partial<StoredState> = {},
): StoredState {
  return {
    identity: {
      uuid: `uuid-${id}`,
      incarnation: 1,
      replicaId: 0,
      clusterId: null,
      initialVoters: null,
      latched: null,
      peers: [],
      ...identity,
    },
    hardState: { term: 0, vote: 0, commit: 0 },
    snapshot: null,
    compacted: { index: 0, term: 0 },
    entries: [],
    projected: 0,
    ...given,
  }
}
