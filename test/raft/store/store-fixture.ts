/** Opens log stores on databases of their own, and keeps what they say. */
import type { StoredState } from '../../../src/raft/node/disk/storage.js'
import {
  type LogStore,
  type LogStoreOptions,
  openLogStore,
} from '../../../src/raft/store/log-store.js'
import type { Owner } from '../../support/owner.js'
import { type LogLine, recordingLog } from './recording-log.js'

export interface OpenedStore {
  readonly store: LogStore
  readonly state: StoredState
  readonly lines: readonly LogLine[]
  /** Settles with the error that stopped the store. */
  readonly fatal: Promise<Error>
}

/** A store, closed with its owner. Short times, so that tests of stalls are quick. */
export async function openStore(
  owner: Owner,
  url: string,
  options: Partial<LogStoreOptions> = {},
): Promise<OpenedStore> {
  const log = recordingLog()
  let onFatal = (_: Error) => {}
  const fatal = new Promise<Error>((resolve) => {
    onFatal = resolve
  })
  const { store, state } = await openLogStore({
    ...{ url, log, onFatal },
    ...options,
    timing: { stallAfterMs: 2_000, probeEveryMs: 100, connectTimeoutMs: 2_000, ...options.timing },
  })
  owner.onTestFinished(() => store.close())
  return { store, state, lines: log.lines, fatal }
}
