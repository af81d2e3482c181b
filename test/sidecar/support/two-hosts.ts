/** Replicas of a table of two hosts, which say what a test says. */
import type { Table } from '../../../src/table/table.js'
import { whole } from '../../../src/table/table-change.js'
import type { Owner } from '../../support/owner.js'
import { freePort } from '../../support/ports.js'
import { makeContext, member, tableOf } from '../../table/tables.js'
import { lineage, orders, times, welcomeHead } from './bench.js'
import { FakeReplica } from './fake-replica.js'

/** The hosts have each a port of its own on this machine. */
export async function twoHosts(owner: Owner, more: { readonly roundDeadlineMs?: number } = {}) {
  const [first, second] = [await freePort(), await freePort()]
  const names = [`127.0.0.1:${first}`, `127.0.0.1:${second}`] as const
  const context = await makeContext()
  const members = [member(names[0], 5, orders), member(names[1], 6, orders)]
  const base = tableOf(context, 10, members)
  const state: { table: Table } = { table: base }
  const replicas: FakeReplica[] = []
  const welcome = async () => {
    const replica = await FakeReplica.start(owner)
    replica.reply = (message) => {
      const { generation, digest } = state.table
      if (message.kind === 'hello') {
        replica.say({
          ...welcomeHead,
          term: 1,
          times: { ...times, heartbeatMs: 100, ...more },
          epoch: message.name === undefined ? 0 : (base.member(message.name)?.epoch ?? 0),
          key: Buffer.alloc(32).toString('base64url'),
          nats: { servers: ['nats://127.0.0.1:1'], table: 't', pulse: 'p', get: 'g' },
          registry: { version: 1, replicas: [] },
          disseminated: { generation, digest },
          table: whole(state.table),
        })
      } else if (message.kind === 'heartbeat') {
        const { number } = message
        replica.say({ kind: 'answer', lineage, number, term: 1, disseminated: generation, digest })
      } else if (message.kind === 'get') {
        const whose = { kind: 'table', namespace: 'default', lineage, part: 1, parts: 1 } as const
        replica.say({ ...whose, change: whole(state.table) })
      }
    }
    replicas.push(replica)
    return { replicas: [replica.url], nats: false } as const
  }
  return { names, base, state, replicas, welcome }
}
