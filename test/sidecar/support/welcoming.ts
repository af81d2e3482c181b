/** A replica that takes one host, for the sidecar as users have it. */
import type { Table } from '../../../src/table/table.js'
import { difference, whole } from '../../../src/table/table-change.js'
import type { Order } from '../../../src/wire/messages.js'
import type { Owner } from '../../support/owner.js'
import { makeContext, member, tableOf } from '../../table/tables.js'
import { lineage, orders, times, welcomeHead } from './bench.js'
import { FakeReplica } from './fake-replica.js'

export const head = { namespace: 'default', lineage, term: 1 }
export const inOne = { deadlineMs: 9_000, part: 1, parts: 1 }
export const host = { name: 'a:1', appId: 'app', types: ['Order'] }

/** With another member, to which all others lose keys. */
export const withD = (base: Table) =>
  base.edit({ generation: 11, upserts: [member('d:1', 11, orders)], removes: [] })

/** A replica that admits `a:1` at once and answers every heartbeat with what is disseminated. */
export async function welcoming(owner: Owner, fenceAfterMs = times.fenceAfterMs) {
  const replica = await FakeReplica.start(owner)
  const context = await makeContext()
  const base = tableOf(context, 10, [member('a:1', 5, orders), member('b:1', 6, orders)])
  const next = withD(base)
  const state: { disseminated: Table; epoch: number; protocol: number } = {
    ...{ disseminated: base, epoch: 5, protocol: 1 },
  }
  const held = () => {
    const { generation, digest } = state.disseminated
    return { generation, digest }
  }
  replica.reply = (message) => {
    if (message.kind === 'hello') {
      replica.say({
        ...welcomeHead,
        protocol: state.protocol,
        term: 1,
        times: { ...times, heartbeatMs: 100, fenceAfterMs },
        epoch: message.name === undefined ? 0 : state.epoch,
        key: Buffer.alloc(32).toString('base64url'),
        nats: { servers: ['nats://127.0.0.1:1'], table: 't', pulse: 'p', get: 'g' },
        registry: { version: 1, replicas: [] },
        disseminated: held(),
        table: whole(state.disseminated),
      })
    } else if (message.kind === 'heartbeat') {
      const { generation: disseminated, digest } = held()
      const { number } = message
      replica.say({ kind: 'answer', lineage, number, term: 1, disseminated, digest })
    }
  }
  const update = (): Order => {
    return { kind: 'update', ...head, ...inOne, change: difference(base, next) }
  }
  const unlock = (): Order => {
    const { generation, digest } = next
    state.disseminated = next
    return { kind: 'unlock', ...head, generation, digest }
  }
  return { replica, base, withD: next, state, update, unlock }
}
