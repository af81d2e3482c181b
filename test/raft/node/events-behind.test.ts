/** A projection that is behind keeps the state machine waiting rather than filling the memory. */
import { expect, test } from 'vitest'
import { BerthError } from '../../../src/errors/berth-error.js'
import type { StorageOperation } from '../../../src/raft/node/disk/storage.js'
import { Node } from '../../../src/raft/node/node.js'
import type { NodePorts } from '../../../src/raft/node/node-ports.js'
import { encodeWrite, RegisterMachine } from '../../simulation/raft/register-machine.js'
import { storedState } from './support/handshakes.js'

const MiB = 1 << 20

test('of entries whose events wait to be written only so many bytes are applied', () => {
  const machine = new RegisterMachine()
  const projecting: StorageOperation[] = []
  const ports: NodePorts<number> = {
    send: () => {},
    greet: () => {},
    store: (operation) => {
      if (operation.kind === 'project') projecting.push(operation)
      else node.stored(null, 0)
    },
    readChunk: () => {},
    crc32c: () => 0,
    random: () => 1,
    stop: ({ detail }) => {
      throw new Error(detail)
    },
    log: () => {},
    roleChanged: () => {},
    membershipChanged: () => {},
    applied: (entry) => node.project(entry.index, []),
    restored: () => {},
    stalled: () => {},
    leaving: () => {},
    wake: () => {},
  }
  const options = {
    ...{ id: 1, clusterName: 'test', initialVoters: [1], sliceUnits: (8 * MiB) / 4 },
    raft: { uncommittedBytesMax: 1 << 30, logBytesMax: 1 << 30, applyBytesMax: 1 << 30 },
  }
  const stored = storedState(1, { initialVoters: [1], replicaId: 1 })
  const node: Node<number> = new Node(options, stored, machine, ports, 0)
  node.start(0)
  for (let tick = 1; tick < 100 && node.status(0).role !== 'leader'; tick += 1) {
    node.tick(tick * 50)
    for (const _ of projecting.splice(0)) node.stored(null, tick * 50)
  }
  const nowMs = 100 * 50
  node.observe(nowMs)
  for (const _ of projecting.splice(0)) node.stored(null, nowMs)
  const before = node.status(nowMs).log.appliedIndex
  const data = encodeWrite(1, 7, MiB)
  const errors: BerthError[] = []
  const propose = (then: () => void) =>
    node.propose(data, nowMs, (outcome) => {
      if (outcome instanceof BerthError) errors.push(outcome)
      then()
    })
  // All at once, so that they are on the disk before the first of them is applied.
  propose(() => {
    for (let left = 199; left > 0; left -= 1) propose(() => {})
  })
  for (const _ of projecting.splice(0)) node.stored(null, nowMs)
  for (let turn = 0; turn < 100; turn += 1) node.work(nowMs)
  const applied = () => node.status(nowMs).log.appliedIndex - before
  expect(applied()).toBeGreaterThan(50)
  expect(applied(), 'they wait for the events of those before').toBeLessThan(64 + 2 * 8)
  for (let turn = 0; turn < 400 && applied() < 200; turn += 1) {
    for (const _ of projecting.splice(0)) node.stored(null, nowMs)
    node.work(nowMs)
  }
  expect([applied(), errors]).toEqual([200, []])
})
