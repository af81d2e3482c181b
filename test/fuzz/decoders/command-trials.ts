/** Commands of the log, changes of the configuration, and rosters: what lies on disks for years. */
import { encodeCursor, nameAfter } from '../../../src/api/cursor.js'
import type { Command, LoggedCommand } from '../../../src/fsm/command.js'
import { decodeCommand, encodeCommand } from '../../../src/fsm/command-codec.js'
import { defaultSettings } from '../../../src/fsm/settings.js'
import { decodeChange, encodeChange } from '../../../src/raft/core/configuration-codec.js'
import { Roster } from '../../../src/raft/node/identity/roster.js'
import { levels } from '../../../src/versions/levels.js'
import { encode } from '../../../src/wire/msgpack.js'
import type { Random } from '../../simulation/kernel/random.js'
import { withByteFaults } from '../generator/byte-faults.js'
import { hostileMsgpack } from '../generator/msgpack-bytes.js'
import { text, wholeNumber } from '../generator/words.js'
import { configurationChange } from '../peer/raft-words.js'
import { spoiled } from '../peer/spoiled.js'
import { type Judge, refused, type Trial } from './trial.js'

const inputsPerCase = 20
const { newest } = levels
const most = Number.MAX_SAFE_INTEGER
const refusals = ['newer_version', 'older_version', 'storage_damaged'] as const

export function commandTrials(): Trial[] {
  return [
    { name: 'commands', run: tryCommands },
    { name: 'changes of the configuration', run: tryChanges },
    { name: 'rosters', run: tryRosters },
    { name: 'cursors', run: tryCursors },
  ]
}

export function randomCommand(random: Random): LoggedCommand {
  const count = () => wholeNumber(random, 0, most)
  const word = () => text(random, 0, 60, 180)
  const hash = () => Array.from({ length: 43 }, () => random.pick([...'Aa0-_'])).join('')
  const hosts = <T>(make: () => T) => Array.from({ length: random.below(4) }, make)
  const makers: (() => Command)[] = [
    () => {
      const [clusterId, cluster, lineage] = [word(), word(), word()]
      return {
        kind: 'genesis',
        atMs: count(),
        clusterId,
        cluster,
        lineage,
        level: count() % 2 ** 32,
        settings: defaultSettings,
      }
    },
    () => ({ kind: 'lead', atMs: count(), term: count(), replica: count(), key: word() }),
    () => {
      const host = () => ({
        ...{ namespace: word(), name: word(), instance: word(), secretHash: hash(), appId: word() },
        types: hosts(word),
        level: count() % 2 ** 32,
      })
      return { kind: 'upsert', atMs: count(), term: count(), hosts: hosts(host) }
    },
    () => {
      const host = () => ({
        ...{ namespace: word(), name: word(), epoch: count() },
        reason: random.pick(['left', 'expired', 'evicted', 'straggler'] as const),
        ...(random.chance(0.5) ? { refuseMs: count() } : {}),
      })
      return { kind: 'remove', atMs: count(), term: count(), hosts: hosts(host) }
    },
    () => {
      const host = () => ({
        ...{ namespace: word(), name: word(), epoch: count() },
        ...{ number: count(), types: hosts(word) },
      })
      return { kind: 'retype', atMs: count(), term: count(), hosts: hosts(host) }
    },
    () => {
      const [namespace, generation] = [word(), count()]
      return { kind: 'disseminated', atMs: count(), term: count(), namespace, generation }
    },
    () => ({ kind: 'drop', atMs: count(), namespace: word(), spent: random.chance(0.5) }),
    () => ({ kind: 'lift', atMs: count(), namespace: word(), name: word() }),
    () => ({ kind: 'clock', atMs: count(), elapsedMs: count() }),
    () => {
      const cordoned = random.chance(0.5)
      return { kind: 'cordon', atMs: count(), namespace: word(), name: word(), cordoned }
    },
    () => {
      const [peer, api, key] = [word(), word(), word()]
      return { kind: 'register', atMs: count(), replica: count(), peer, api, key }
    },
    () => ({ kind: 'unregister', atMs: count(), replica: count() }),
    () => ({ kind: 'settings', atMs: count(), settings: { factor: random.next() * 100 } }),
  ]
  const command = random.pick(makers)()
  return random.chance(0.3) ? { command, key: text(random, 1, 40, 120) } : { command }
}

function tryCommands(random: Random, judge: Judge): number {
  const logged = randomCommand(random)
  const bytes = encodeCommand(logged, newest)
  const read = judge.attempt('a command', logged, [], () => decodeCommand(bytes))
  judge.same('a command', logged, logged, read)
  for (let i = 1; i < inputsPerCase; i += 1) tryCommand(commandBytes(logged, bytes, random), judge)
  return inputsPerCase
}

function commandBytes(logged: LoggedCommand, bytes: Uint8Array, random: Random): Uint8Array {
  const { kind: _, ...command } = logged.command
  const { key } = logged
  const body = spoiled(key === undefined ? { command } : { command, key }, random)
  switch (random.below(3)) {
    case 0:
      return withByteFaults(bytes, random, [encodeCommand(randomCommand(random), newest)])
    case 1:
      return Buffer.concat([bytes.subarray(0, 1), encode(body)])
    default:
      return Buffer.concat([Uint8Array.of(random.below(24)), hostileMsgpack(body, random)])
  }
}

function tryCommand(bytes: Uint8Array, judge: Judge): void {
  const read = judge.attempt('decodeCommand', bytes, refusals, () => decodeCommand(bytes))
  if (read === refused) return
  const again = judge.attempt('a command that was read', bytes, [], () => {
    return decodeCommand(encodeCommand(read, newest))
  })
  judge.same('a command that was read', bytes, read, again)
}

function tryChanges(random: Random, judge: Judge): number {
  const change = configurationChange(random)
  const bytes = judge.attempt('encodeChange', change, ['invalid_config'], () =>
    encodeChange(change),
  )
  const base = bytes === refused ? Uint8Array.of(1, random.below(4), random.below(4)) : bytes
  if (bytes !== refused) judge.same('a change', change, change, decodeChange(bytes))
  for (let i = 1; i < inputsPerCase; i += 1) {
    const hostile = withByteFaults(base, random)
    const read = judge.attempt('decodeChange', hostile, [], () => decodeChange(hostile))
    if (read === refused || read === undefined) continue
    const again = judge.attempt('a change that was read', hostile, [], () => encodeChange(read))
    judge.same('a change that was read', hostile, hostile.toString('hex'), hex(again))
  }
  return inputsPerCase
}

function hex(bytes: unknown): string {
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('hex') : ''
}

function tryRosters(random: Random, judge: Judge): number {
  const count = () => wholeNumber(random, 1, most)
  const members = Array.from({ length: random.below(5) }, (_, i) => ({
    id: i + 1,
    address: random.chance(0.3) ? null : text(random, 1, 60, 180),
    promote: random.chance(0.5),
  }))
  const removed = Array.from({ length: random.below(4) }, (_, i) => ({ id: i + 9, at: count() }))
  const roster = { layout: 2, members, removed }
  const bytes = encode(roster)
  const read = judge.attempt('a roster', roster, [], () => Roster.decode(bytes).encode())
  judge.same('a roster', roster, hex(bytes), hex(read))
  for (let i = 1; i < inputsPerCase; i += 1) {
    const hostile = random.chance(0.5)
      ? encode(spoiled(roster, random))
      : hostileMsgpack(roster, random)
    const codes = ['invalid_message'] as const
    const taken = judge.attempt('Roster.decode', hostile, codes, () => Roster.decode(hostile))
    if (taken === refused) continue
    const again = judge.attempt('a roster that was read', hostile, [], () => {
      return Roster.decode(taken.encode()).encode()
    })
    judge.same('a roster that was read', hostile, hex(taken.encode()), hex(again))
  }
  return inputsPerCase
}

function tryCursors(random: Random, judge: Judge): number {
  const query = ['hosts', text(random, 0, 9, 20)]
  const name = text(random, 0, 60, 200)
  const cursor = encodeCursor(query, [name])
  judge.same('a cursor', cursor, name, nameAfter(query, cursor))
  for (let i = 1; i < inputsPerCase; i += 1) {
    const raw = Buffer.from(cursor, 'base64url')
    const hostile = random.chance(0.5)
      ? withByteFaults(raw, random).toString('base64url')
      : withByteFaults(Buffer.from(cursor), random).toString('latin1')
    const codes = ['invalid_request'] as const
    judge.attempt('a cursor', hostile, codes, () => nameAfter(query, hostile))
  }
  return inputsPerCase
}
