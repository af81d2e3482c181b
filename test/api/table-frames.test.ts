import { once } from 'node:events'
import { expect, test } from 'vitest'
import { encodeFrame, subprotocols } from '../../src/api/door/subprotocol.js'
import { TableFrames, type TableMessage } from '../../src/api/door/table-frames.js'
import { difference, whole } from '../../src/table/table-change.js'
import type { TableChange, Welcome } from '../../src/wire/messages.js'
import { makeContext, member, tableOf, typeSet } from '../table/tables.js'
import { hello } from './support/host-client.js'
import { openDoor } from './support/open-door.js'

const context = await makeContext()
const lineage = '00000000-0000-4000-8000-000000000001'
const types = typeSet(1, 'Order')

function tableWith(hosts: number) {
  const members = Array.from({ length: hosts }, (_, i) => member(`hôst-${i}:4000`, i + 1, types))
  return tableOf(context, 2 ** 33, members)
}

function welcome(more: Partial<Welcome>): Welcome {
  return {
    ...{
      kind: 'welcome',
      protocol: 1,
      cluster: 'test',
      namespace: 'default',
      lineage,
      epoch: 2 ** 40,
    },
    ...{ term: 7, key: 'A'.repeat(43), registry: { version: 1, replicas: [] } },
    times: {
      ...{ heartbeatMs: 1_000, fenceAfterMs: 6_000, roundDeadlineMs: 10_000 },
      ...{ beaconMs: 3_000, answerTimeoutMs: 2_000 },
    },
    nats: { servers: ['nats://n'], table: 't', pulse: 'p', get: 'g' },
    disseminated: { generation: 7, digest: 'd'.repeat(43) },
    ...more,
  }
}

const inTable = { kind: 'table', namespace: 'default', lineage } as const
const large = whole(tableWith(300))
const small = whole(tableWith(3))
const next = tableWith(300).edit({ generation: 2 ** 33 + 1, upserts: [], removes: ['hôst-7:4000'] })
const round = { term: 7, deadlineMs: 10_000, change: difference(tableWith(300), next) }
const largeRound = { ...round, change: large }

const messages: [what: string, message: TableMessage][] = [
  ['a welcome without any', welcome({})],
  ['a welcome with a small one', welcome({ table: small })],
  ['a welcome with a large one', welcome({ table: large })],
  ['a welcome with two', welcome({ table: large, round })],
  ['a welcome with two large ones', welcome({ table: large, round: largeRound })],
  ['an answer', { ...inTable, part: 1, parts: 1, change: large }],
  ['an answer with a round', { ...inTable, part: 1, parts: 1, change: large, round }],
]
for (const subprotocol of subprotocols) {
  for (const [what, message] of messages) {
    test(`the pieces are the frame, in ${subprotocol}: ${what}`, () => {
      const pieces = new TableFrames().pieces(subprotocol, message)
      expect(Buffer.concat(pieces)).toEqual(encodeFrame(subprotocol, message).data)
    })
  }

  test(`a large table is encoded once for all who get it, in ${subprotocol}`, () => {
    const frames = new TableFrames()
    const pieces = (change: TableChange) => frames.pieces(subprotocol, welcome({ table: change }))
    const tables = Array.from({ length: 5 }, () => pieces(large)[1])
    expect(tables[0]!.length).toBeGreaterThan(4_096)
    for (const each of tables) expect(each).toBe(tables[0])
    expect(pieces(small).length).toBe(1)
    expect(pieces({ ...large })[1]).not.toBe(tables[0])
  })

  test(`a host gets the pieces as one message, in ${subprotocol}`, async () => {
    const { sessions, connect } = await openDoor()
    const client = await connect([subprotocol])
    client.say(hello)
    const session = await sessions.nth(1)
    for (const [, message] of messages) {
      session.connection.send(message)
      if (client.received.length === 0) await once(client.socket, 'message')
    }
    while (client.received.length < messages.length) await once(client.socket, 'message')
    expect(client.received).toEqual(messages.map(([, message]) => message))
  })
}
