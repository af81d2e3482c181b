/**
 * Very many members without hosts: entries that admit them are put behind the log in the databases
 * of replicas that are stopped, the same in each. Whoever leads next commits them as what is left
 * of the term before.
 */
import type { UpsertedHost } from '../../src/fsm/command.js'
import { encodeCommand } from '../../src/fsm/command-codec.js'
import type { Entry } from '../../src/raft/core/entry.js'
import { openLogStore } from '../../src/raft/store/log-store.js'
import { levels } from '../../src/versions/levels.js'
import type { ReplicaParts } from '../../test/chaos/cluster/process-cluster.js'

/** Admitted by one command. */
const membersPerEntry = 500
/** Written by one statement. */
const entriesAtOnce = 10

const nothing = () => undefined

export const namespace = 'many'

export function memberName(number: number): string {
  return `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}:5000`
}

function memberOf(number: number): UpsertedHost {
  const digits = String(number)
  return {
    ...{ namespace, name: memberName(number), appId: 'app' },
    instance: `00000000-0000-4000-a000-${digits.padStart(12, '0')}`,
    secretHash: digits.padStart(43, 'A'),
    types: ['Order', `Type${number % 50}`],
    level: levels.newest,
  }
}

function entriesFrom(index: number, term: number, members: number): readonly Entry[] {
  const count = Math.ceil(members / membersPerEntry)
  return Array.from({ length: count }, (_, i) => {
    const first = i * membersPerEntry
    const length = Math.min(membersPerEntry, members - first)
    const hosts = Array.from({ length }, (_unused, at) => memberOf(first + at))
    const command = { kind: 'upsert', atMs: Date.now(), term, hosts } as const
    const data = encodeCommand({ command }, levels.newest)
    return { index: index + i, term, kind: 'command', data }
  })
}

/** @param replicas stopped, and their logs are equal */
export async function addMembers(
  replicas: readonly Pick<ReplicaParts, 'postgres'>[],
  members: number,
): Promise<void> {
  const ends = new Set<string>()
  for (const { postgres } of replicas) {
    const { store, state } = await openLogStore({
      url: postgres.url('berth'),
      log: { info: nothing, warn: nothing, error: nothing },
      onFatal: (error) => {
        throw error
      },
    })
    const last = state.entries.at(-1) ?? state.compacted
    ends.add(`${last.index} of term ${last.term}`)
    const entries = entriesFrom(last.index + 1, last.term, members)
    for (let at = 0; at < entries.length; at += entriesAtOnce) {
      const some = entries.slice(at, at + entriesAtOnce)
      await store.run({ kind: 'append', hardState: null, entries: some, identity: null })
    }
    await store.close()
  }
  if (ends.size > 1) throw new Error(`the logs end at ${[...ends].join(' and at ')}`)
}
