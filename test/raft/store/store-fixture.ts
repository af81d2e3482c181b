/** Opens log stores on databases of their own, and keeps what they say. */
import type { Log } from '../../../src/log/log.js'
import type { StoredState } from '../../../src/raft/node/storage.js'
import {
  type LogStore,
  type LogStoreOptions,
  openLogStore,
} from '../../../src/raft/store/log-store.js'
import type { Owner } from '../../support/owner.js'

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/** A log that a test can read. */
export function recordingLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message })
  }
  return { lines, info: at('info'), warn: at('warn'), error: at('error') }
}

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
