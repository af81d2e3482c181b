/** The database of one replica of a cluster of three, as it was left when its majority was lost. */

import { createHasher } from '../../../src/hash/hasher.js'
import { plainConfiguration } from '../../../src/raft/core/configuration.js'
import { encodeChange } from '../../../src/raft/core/configuration-codec.js'
import type { Entry } from '../../../src/raft/core/entry.js'
import { Roster } from '../../../src/raft/node/identity/roster.js'
import type { LogStore } from '../../../src/raft/store/log-store.js'
import { createTableContext } from '../../../src/table/table-context.js'
import { Replica } from '../../fsm/replica.js'
import { openStore } from '../../raft/store/store-fixture.js'
import type { Owner } from '../../support/owner.js'

export const voters = [1, 2, 3]

export interface StoredCluster {
  /** The state after all entries, the last of which is not known to be committed. */
  readonly replica: Replica
  /** Known to be committed. */
  readonly commit: number
}

/**
 * Members a:1 and b:1, b:1 cordoned, generation 2 disseminated; then c:1 joins, in an entry that
 * this replica has but does not know to be committed. It has voted in term 3, after that of its
 * log. Events are projected up to the first round.
 *
 * @param snapshot whether a snapshot stands in the place of the first entries
 */
export async function storeCluster(
  owner: Owner,
  url: string,
  { snapshot = false }: { readonly snapshot?: boolean } = {},
): Promise<StoredCluster> {
  const replica = new Replica(createTableContext(await createHasher()))
  const configuration = plainConfiguration(voters)
  replica.apply({ kind: 'configuration', data: encodeChange({ kind: 'begin', configuration }) })
  replica.begin()
  const { atMs } = replica
  replica.run({ kind: 'register', atMs, replica: 2, peer: 'b:2', api: '', key: '' })
  replica.upsert({ name: 'a:1' }, { name: 'b:1', types: ['Stock'] })
  replica.disseminate(1)
  const firstRound = replica.state.appliedIndex
  const { store } = await openStore(owner, url)
  await append(store, replica.entries, firstRound)
  await store.run({ kind: 'project', through: firstRound, events: [] })
  if (snapshot) await takeSnapshot(store, replica, configuration)
  replica.cordon('b:1')
  replica.disseminate(2)
  const commit = replica.state.appliedIndex
  replica.upsert({ name: 'c:1' })
  await append(store, replica.entries.slice(firstRound), commit)
  await store.close()
  return { replica, commit }
}

async function append(store: LogStore, entries: readonly Entry[], commit: number): Promise<void> {
  const record = { uuid: '00000000-0000-4000-8000-000000000002', incarnation: 1, term: 1, index: 3 }
  await store.run({
    kind: 'append',
    hardState: { term: 3, vote: 2, commit },
    entries,
    identity: {
      ...{ replicaId: 1, clusterId: 'c-1', initialVoters: voters },
      peers: [{ id: 2, ...record }],
    },
  })
}

async function takeSnapshot(
  store: LogStore,
  { state, term }: Replica,
  configuration: ReturnType<typeof plainConfiguration>,
): Promise<void> {
  const index = state.appliedIndex
  const chunks = [new Roster().encode(), ...state.snapshotChunks()]
  for (const [chunk, bytes] of chunks.entries()) {
    await store.run({ kind: 'snapshot-chunk', index, term, chunk, bytes })
  }
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0)
  const snapshot = { meta: { index, term, configuration }, chunks: chunks.length, bytes }
  await store.run({ kind: 'snapshot-complete', snapshot })
  await store.run({ kind: 'compact', index, term })
}
