/** One line for each thing that happens, as the transcripts show it. Entries are `index/term`. */
import {
  type AppendRecord,
  type Configuration,
  type ConfigurationChange,
  decodeChange,
  type Entry,
  type Message,
  type Output,
  type PeerStatus,
  type Status,
} from '../../../src/raft/core/index.js'

export function describeConfiguration(configuration: Configuration): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = configuration
  const parts = [`voters ${voters.join(' ') || 'none'}`]
  if (votersOutgoing.length > 0) parts.push(`and ${votersOutgoing.join(' ')}`)
  if (learners.length > 0) parts.push(`learners ${learners.join(' ')}`)
  if (learnersNext.length > 0) parts.push(`learners next ${learnersNext.join(' ')}`)
  if (autoLeave) parts.push('auto-leave')
  return parts.join(', ')
}

function describeChange(change: ConfigurationChange): string {
  if (change.kind === 'leave') return 'leave'
  if (change.kind === 'begin') return `begin(${describeConfiguration(change.configuration)})`
  const signs = { voter: '+', learner: '~', remove: '-' }
  const members = change.changes.map(({ kind, id }) => `${signs[kind]}${id}`).join(' ')
  return `${change.transition}(${members})`
}

export function describeEntry(entry: Entry): string {
  const place = `${entry.index}/${entry.term}`
  if (entry.kind === 'noop') return `${place} noop`
  if (entry.kind === 'configuration') return `${place} ${describeChange(decodeChange(entry.data)!)}`
  return `${place} "${new TextDecoder().decode(entry.data)}"`
}

function describeEntries(entries: readonly Entry[]): string {
  if (entries.length <= 4) return `[${entries.map(describeEntry).join(', ')}]`
  const first = describeEntry(entries[0]!)
  return `[${first} … ${describeEntry(entries[entries.length - 1]!)}: ${entries.length}]`
}

export function describeMessage(message: Message): string {
  const { from, to, term } = message
  return `${from}→${to} term ${term} ${describeContent(message)}`
}

function describeContent(message: Message): string {
  switch (message.kind) {
    case 'vote-request': {
      const { pre, lastIndex, lastTerm, transfer, commit, commitTerm } = message
      const kind = `${pre ? 'pre-vote' : 'vote'}?${transfer ? ' (transfer)' : ''}`
      return `${kind} last ${lastIndex}/${lastTerm} commit ${commit}/${commitTerm}`
    }
    case 'vote-response': {
      const { pre, granted, commit, commitTerm } = message
      const answer = granted ? 'yes' : 'no'
      return `${pre ? 'pre-vote' : 'vote'}: ${answer} commit ${commit}/${commitTerm}`
    }
    case 'append': {
      const { prevIndex, prevTerm, entries, commit } = message
      return `append after ${prevIndex}/${prevTerm} ${describeEntries(entries)} commit ${commit}`
    }
    case 'append-accepted':
      return `accepted ${message.index}`
    case 'append-rejected': {
      const { index, hintIndex, hintTerm } = message
      return `rejected ${index}, try ${hintIndex}/${hintTerm}`
    }
    case 'heartbeat':
      return `heartbeat round ${message.round} commit ${message.commit}`
    case 'heartbeat-response':
      return `alive, round ${message.round}`
    case 'snapshot': {
      const { index, term, configuration } = message.snapshot
      return `snapshot ${index}/${term} (${describeConfiguration(configuration)})`
    }
    case 'higher-term':
      return 'there is a later term'
    case 'timeout-now':
      return 'campaign now'
    case 'read-index-request':
      return `read index? batch ${message.session}.${message.batch}`
    case 'read-index-response':
      return `read index ${message.index ?? 'refused'} batch ${message.session}.${message.batch}`
  }
}

export function describeAppend({ token, hardState, entries, snapshot }: AppendRecord): string {
  const parts = [`#${token}`]
  if (hardState !== null) {
    const { term, vote, commit } = hardState
    parts.push(`term ${term} vote ${vote} commit ${commit}`)
  }
  if (entries.length > 0) parts.push(describeEntries(entries))
  if (snapshot !== null) parts.push(`install snapshot ${snapshot.index}/${snapshot.term}`)
  return parts.join(' ')
}

/** The lines of one output of replica `id`. */
export function describeOutput(id: number, output: Output): string[] {
  const lines: string[] = []
  const { standing, configuration, append, committed, reads, abandonedReads } = output
  if (standing !== null) {
    const { role, term, leader, transferee, handedOver, appliedOwnTerm } = standing
    const parts = [`${role} of term ${term}`]
    if (role !== 'leader' && leader !== 0) parts.push(`leader ${leader}`)
    if (transferee !== 0) parts.push(`transferring to ${transferee}`)
    if (handedOver) parts.push('handed over')
    if (appliedOwnTerm) parts.push('own term applied')
    lines.push(`${id} is ${parts.join(', ')}`)
  }
  if (configuration !== null) lines.push(`${id} goes by ${describeConfiguration(configuration)}`)
  for (const message of output.messages) lines.push(describeMessage(message))
  if (append !== null) lines.push(`${id} to write ${describeAppend(append)}`)
  if (committed.length > 0) lines.push(`${id} to apply ${describeEntries(committed)}`)
  for (const { read, index } of reads) lines.push(`${id} read ${read} is good at ${index}`)
  for (const read of abandonedReads) lines.push(`${id} read ${read} is abandoned`)
  if (output.confirmedRound > 0) lines.push(`${id} round ${output.confirmedRound} confirmed`)
  return lines
}

export function describeStatus(status: Status): string {
  const { id, role, term, vote, leader, committedIndex, appliedIndex, lastIndex } = status
  const log = `last ${lastIndex}/${status.lastTerm} stable ${status.stableIndex}`
  const progress = `commit ${committedIndex} applied ${appliedIndex}`
  const start = status.compactedIndex > 0 ? ` from ${status.compactedIndex + 1}` : ''
  return `${id} ${role} term ${term} vote ${vote} leader ${leader} ${log}${start} ${progress}`
}

export function describePeer(peer: PeerStatus): string {
  const { id, state, match, next, paused, recentlyActive, inflightAppends } = peer
  const parts = [`${id} ${state} match ${match} next ${next}`]
  if (peer.isLearner) parts.push('learner')
  if (paused) parts.push('paused')
  if (!recentlyActive) parts.push('silent')
  if (inflightAppends > 0) parts.push(`${inflightAppends} in flight`)
  if (peer.pendingSnapshotIndex > 0) parts.push(`snapshot ${peer.pendingSnapshotIndex}`)
  return parts.join(' ')
}
