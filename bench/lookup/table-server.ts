/** A replica on loopback that hands one host a large table, and answers its heartbeats. */
import type { Member } from '../../src/table/member.js'
import type { Table } from '../../src/table/table.js'
import { whole } from '../../src/table/table-change.js'
import { FakeReplica } from '../../test/sidecar/support/fake-replica.js'
import type { Owner } from '../../test/support/owner.js'
import { makeContext, member, tableOf, typeSet } from '../../test/table/tables.js'

const lineage = '00000000-0000-4000-8000-00000000000a'
const generation = 10
/** Each host has so many of the types, where there are many. */
const typesEach = 5

export interface TableSize {
  readonly hosts: number
  readonly types: number
}

export interface ServedTable {
  readonly url: string
  readonly table: Table
  /** The host that the sidecar is. */
  readonly self: Member
  readonly typesOf: (host: number) => readonly string[]
}

const hostName = (host: number) => `10.${host >> 16}.${(host >> 8) & 255}.${host & 255}:5000`

function typeSets(types: number): readonly (readonly string[])[] {
  if (types === 1) return [['Type00']]
  const name = (at: number) => `Type${String(at % types).padStart(2, '0')}`
  const sets = Array.from({ length: types }, (_, first) =>
    Array.from({ length: typesEach }, (_, i) => name(first + i)).sort(),
  )
  return sets
}

export async function serveTable(owner: Owner, { hosts, types }: TableSize): Promise<ServedTable> {
  const context = await makeContext()
  const lists = typeSets(types)
  const sets = lists.map((list, i) => typeSet(i + 1, ...list))
  const members = Array.from({ length: hosts }, (_, host) =>
    member(hostName(host), host + 1, sets[host % sets.length]!),
  )
  const table = tableOf(context, generation, members)
  const replica = await FakeReplica.start(owner)
  const disseminated = { generation, digest: table.digest }
  const self = members[0]!
  replica.reply = (message) => {
    if (message.kind === 'hello') {
      replica.say({
        ...({ kind: 'welcome', protocol: 1, cluster: 'bench', namespace: 'default' } as const),
        ...{ lineage, epoch: self.epoch, term: 1, disseminated, table: whole(table) },
        times: {
          ...{ heartbeatMs: 1_000, fenceAfterMs: 60_000, roundDeadlineMs: 10_000 },
          ...{ answerTimeoutMs: 30_000, beaconMs: 30_000 },
        },
        key: Buffer.alloc(32).toString('base64url'),
        nats: { servers: ['nats://127.0.0.1:1'], table: 't', pulse: 'p', get: 'g' },
        registry: { version: 1, replicas: [] },
      })
    } else if (message.kind === 'heartbeat') {
      const { number } = message
      const { generation: current, digest } = disseminated
      replica.say({ kind: 'answer', lineage, number, term: 1, disseminated: current, digest })
    }
  }
  return { url: replica.url, table, self, typesOf: (host) => lists[host % lists.length]! }
}
