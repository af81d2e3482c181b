/**
 * What a follower does with its leader's messages (Raft §5.3, §7). The sender has been accepted as
 * the leader of the current term before these are called.
 *
 * Acknowledgements wait for the disk and carry the term in which the log agreed; a commit index is
 * taken only as far as the message itself proves that the logs agree (bugs S11, S14).
 */
import { changeConfiguration } from './configuration.js'
import { decodeChange } from './configuration-codec.js'
import type { CoreState } from './core-state.js'
import type { Configuration, Entry } from './entry.js'
import { entryBytes } from './log.js'
import type { Append, Heartbeat, InstallSnapshot } from './message.js'

export function handleAppend(core: CoreState, message: Append): void {
  const { log } = core
  const { prevIndex, prevTerm } = message
  if (prevIndex < log.committedIndex) {
    accept(core, message.from, log.committedIndex)
    return
  }
  if (!log.has(prevIndex, prevTerm)) {
    reject(core, message)
    return
  }
  const entries = fitting(core, possible(core, message))
  if (entries.length === 0 && message.entries.length > 0) return
  log.merge(entries)
  const lastNew = prevIndex + entries.length
  log.commitTo(Math.min(message.commit, lastNew))
  accept(core, message.from, lastNew)
}

/**
 * The entries before the first change of the configuration that cannot follow what is before it. No
 * leader that keeps to the rules has written that one, and whoever applied it would have to stop.
 */
function possible({ log, apply, configuration }: CoreState, message: Append): readonly Entry[] {
  const { entries, prevIndex } = message
  if (!entries.some(({ kind }) => kind === 'configuration')) return entries
  let now = configuration
  const before = log.configurationsIn(apply.appliedIndex, prevIndex)
  for (const entry of [...before, ...entries]) {
    if (entry.kind !== 'configuration') continue
    const change = decodeChange(entry.data)
    const changed = change === undefined ? undefined : changeConfiguration(now, change)
    if (changed?.kind !== 'changed')
      return entries.slice(0, Math.max(0, entry.index - prevIndex - 1))
    now = changed.configuration
  }
  return entries
}

/**
 * The first of the entries, as many as there is room for; the others are left as if they were lost,
 * and sent again. A log without anything committed would not get smaller by waiting: it takes one
 * entry in any case, and so no more than a leader may have uncommitted.
 */
function fitting({ log, settings }: CoreState, entries: readonly Entry[]): readonly Entry[] {
  let bytes = log.bytes
  let end = log.committedIndex === log.compacted.index ? 1 : 0
  for (let place = 0; place < entries.length; place += 1) {
    const entry = entries[place]!
    if (entry.index > log.lastIndex) bytes += entryBytes(entry)
    if (bytes > settings.logBytesMax) break
    end = place + 1
  }
  return end >= entries.length ? entries : entries.slice(0, end)
}

function accept(core: CoreState, to: number, index: number): void {
  const { id: from, term } = core
  core.outbox.sendWhenDurable({ kind: 'append-accepted', from, to, term, index })
}

/**
 * Says how far back the logs may still agree, so that one probe a term is enough (bug L12). It
 * promises nothing, the leader only sends again from further back: so it does not wait for the
 * disk.
 */
function reject(core: CoreState, { from: to, prevIndex, prevTerm }: Append): void {
  const { id: from, term, log } = core
  const hintIndex = log.agreementHint(Math.min(prevIndex, log.lastIndex), prevTerm)
  const hintTerm = log.termAt(hintIndex) ?? 0
  const kind = 'append-rejected'
  const index = prevIndex
  core.outbox.send({ kind, from, to, term, index, hintIndex, hintTerm })
}

/** The answer is a promise where leases are in use: see `hasPromisedSilence`. */
export function handleHeartbeat(core: CoreState, message: Heartbeat): void {
  const { id: from, term, log } = core
  // The leader names nothing that was not acknowledged here; a log that lost it waits for appends.
  if (message.commit <= log.lastIndex) log.commitTo(message.commit)
  core.answeredTick = core.tick
  core.outbox.send({
    kind: 'heartbeat-response',
    from,
    to: message.from,
    term,
    round: message.round,
  })
}

/**
 * Returns the configuration of the snapshot if it takes the place of the log; null if the log has
 * all of it already. A snapshot from before this replica was added is as good as any: the entries
 * that add it follow.
 */
export function handleSnapshot(core: CoreState, message: InstallSnapshot): Configuration | null {
  const { log, outbox, apply } = core
  const { snapshot } = message
  if (snapshot.index <= log.committedIndex) {
    accept(core, message.from, log.committedIndex)
    return null
  }
  if (log.has(snapshot.index, snapshot.term)) {
    log.commitTo(snapshot.index)
    accept(core, message.from, log.committedIndex)
    return null
  }
  log.replace(snapshot)
  apply.interrupted()
  accept(core, message.from, snapshot.index)
  outbox.snapshotBegins()
  return snapshot.configuration
}
