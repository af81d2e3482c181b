/**
 * The door for messages from other replicas: everything that the core relies on is checked here,
 * so that no message that gets in can make it throw. What the sender may say at this moment (is it
 * the leader? is the term old?) is not decided here but in step.ts.
 */
import { BerthError } from '../../errors/berth-error.js'
import { contradictionIn } from './configuration-check.js'
import { decodeChange } from './configuration-codec.js'
import type { Configuration, Entry, EntryKind, ReplicaId, SnapshotMeta } from './entry.js'
import { entriesPerAppendMax, isReplicaId, membersMax } from './limits.js'
import type { Message } from './message.js'

/**
 * A message made of the known fields of an unknown value. Unknown fields are left behind.
 * @throws BerthError `invalid_message` that names the field
 */
export function parseMessage(value: unknown): Message {
  const fields = record(value, 'the message')
  const from = positive(fields, 'from')
  const to = positive(fields, 'to')
  const term = positive(fields, 'term')
  switch (fields.kind) {
    case 'append':
      return parseAppend(fields, from, to, term)
    case 'append-accepted':
      return { kind: 'append-accepted', from, to, term, index: natural(fields, 'index') }
    case 'append-rejected': {
      const index = natural(fields, 'index')
      const hintIndex = natural(fields, 'hintIndex')
      const hintTerm = natural(fields, 'hintTerm')
      return { kind: 'append-rejected', from, to, term, index, hintIndex, hintTerm }
    }
    case 'heartbeat': {
      const commit = natural(fields, 'commit')
      return { kind: 'heartbeat', from, to, term, commit, round: natural(fields, 'round') }
    }
    case 'heartbeat-response':
      return { kind: 'heartbeat-response', from, to, term, round: natural(fields, 'round') }
    case 'snapshot':
      return { kind: 'snapshot', from, to, term, snapshot: parseSnapshot(fields.snapshot, term) }
    case 'higher-term':
      return { kind: 'higher-term', from, to, term }
    case 'timeout-now':
      return { kind: 'timeout-now', from, to, term }
    default:
      return parseQuestion(fields, from, to, term)
  }
}

function parseQuestion(fields: Fields, from: ReplicaId, to: ReplicaId, term: number): Message {
  switch (fields.kind) {
    case 'vote-request': {
      const pre = flag(fields, 'pre')
      const lastIndex = natural(fields, 'lastIndex')
      const lastTerm = natural(fields, 'lastTerm')
      const transfer = flag(fields, 'transfer')
      if (lastTerm > term) throw invalid('lastTerm is above the term of the message')
      const { commit, commitTerm } = commitFact(fields)
      const kind = 'vote-request'
      return { kind, from, to, term, pre, lastIndex, lastTerm, transfer, commit, commitTerm }
    }
    case 'vote-response': {
      const pre = flag(fields, 'pre')
      const granted = flag(fields, 'granted')
      return { kind: 'vote-response', from, to, term, pre, granted, ...commitFact(fields) }
    }
    case 'read-index-request': {
      const session = natural(fields, 'session')
      return {
        kind: 'read-index-request',
        from,
        to,
        term,
        session,
        batch: natural(fields, 'batch'),
      }
    }
    case 'read-index-response': {
      const session = natural(fields, 'session')
      const batch = natural(fields, 'batch')
      const index = fields.index === null ? null : natural(fields, 'index')
      return { kind: 'read-index-response', from, to, term, session, batch, index }
    }
    default:
      throw invalid('kind is unknown')
  }
}

function commitFact(fields: Fields): { commit: number; commitTerm: number } {
  return { commit: natural(fields, 'commit'), commitTerm: natural(fields, 'commitTerm') }
}

function parseAppend(fields: Fields, from: ReplicaId, to: ReplicaId, term: number): Message {
  const prevIndex = natural(fields, 'prevIndex')
  const prevTerm = natural(fields, 'prevTerm')
  const commit = natural(fields, 'commit')
  if (prevTerm > term) throw invalid('prevTerm is above the term of the message')
  if ((prevIndex === 0) !== (prevTerm === 0)) throw invalid('prevTerm does not fit prevIndex')
  const list = array(fields.entries, 'entries', entriesPerAppendMax)
  const entries: Entry[] = []
  let lastTerm = prevTerm
  for (let i = 0; i < list.length; i += 1) {
    const entry = parseEntry(list[i])
    if (entry.index !== prevIndex + 1 + i) throw invalid('entries are not one after the other')
    if (entry.term < lastTerm || entry.term > term) throw invalid('terms of entries are not rising')
    lastTerm = entry.term
    entries.push(entry)
  }
  return { kind: 'append', from, to, term, prevIndex, prevTerm, entries, commit }
}

const entryKinds: ReadonlySet<unknown> = new Set<EntryKind>(['command', 'configuration', 'noop'])

function parseEntry(value: unknown): Entry {
  const fields = record(value, 'an entry')
  const { kind, data } = fields
  if (!entryKinds.has(kind)) throw invalid('the kind of an entry is unknown')
  if (!(data instanceof Uint8Array)) throw invalid('the data of an entry are not bytes')
  if (kind === 'configuration' && decodeChange(data) === undefined) {
    throw invalid('a configuration entry cannot be read')
  }
  const index = positive(fields, 'index')
  return { index, term: positive(fields, 'term'), kind: kind as EntryKind, data }
}

function parseSnapshot(value: unknown, termMax: number): SnapshotMeta {
  const fields = record(value, 'snapshot')
  const index = positive(fields, 'index')
  const term = positive(fields, 'term')
  if (term > termMax) throw invalid('the snapshot is of a later term than the message')
  return { index, term, configuration: parseConfiguration(fields.configuration) }
}

function parseConfiguration(value: unknown): Configuration {
  const fields = record(value, 'configuration')
  const configuration = {
    voters: ids(fields, 'voters'),
    votersOutgoing: ids(fields, 'votersOutgoing'),
    learners: ids(fields, 'learners'),
    learnersNext: ids(fields, 'learnersNext'),
    autoLeave: flag(fields, 'autoLeave'),
  }
  const contradiction = contradictionIn(configuration)
  if (contradiction !== null) throw invalid(`a configuration where ${contradiction}`)
  if (configuration.voters.length === 0) throw invalid('a snapshot of nobody')
  return configuration
}

type Fields = Readonly<Record<string, unknown>>

function record(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null) throw invalid(`${name} is not an object`)
  return value as Fields
}

function array(value: unknown, name: string, lengthMax: number): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(`${name} is not a list`)
  if (value.length > lengthMax) throw invalid(`${name} has more than ${lengthMax} elements`)
  return value
}

function ids(fields: Fields, name: string): ReplicaId[] {
  return array(fields[name], name, membersMax).map((id) => {
    if (!isReplicaId(id)) throw invalid(`${name} has a strange id`)
    return id
  })
}

function natural(fields: Fields, name: string): number {
  const value = fields[name]
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalid(`${name} is not a whole number from 0 to 2^53 - 1`)
  }
  return value as number
}

function positive(fields: Fields, name: string): number {
  const value = natural(fields, name)
  if (value === 0) throw invalid(`${name} is 0`)
  return value
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name]
  if (typeof value !== 'boolean') throw invalid(`${name} is not true or false`)
  return value
}

function invalid(reason: string): BerthError {
  return new BerthError('invalid_message', `Message of a replica: ${reason}.`)
}
