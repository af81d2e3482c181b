/** The event loop of the host's process goes on while a sidecar makes a large table ready. */
import { expect, onTestFinished, test, vi } from 'vitest'
import { connect } from '../../src/sidecar/index.js'
import { SidecarMachine } from '../../src/sidecar/machine.js'
import { whole } from '../../src/table/table-change.js'
import { makeContext, member, tableOf, typeSet } from '../table/tables.js'
import { lineage, times, welcomeHead } from './support/bench.js'
import { FakeReplica } from './support/fake-replica.js'

test('a large table is made ready in slices, between which the event loop turns', async () => {
  const replica = await FakeReplica.start({ onTestFinished })
  const context = await makeContext()
  // Each type has hosts of its own: three rings, each of which takes longer than a slice.
  const types = ['Cart', 'Order', 'Stock']
  const sets = types.map((type, i) => typeSet(2 + i, type))
  const others = Array.from({ length: 3_000 }, (_, i) => member(`h-${i}:1`, 100 + i, sets[i % 3]!))
  const table = tableOf(context, 10, [member('a:1', 5, typeSet(1, ...types)), ...others], 50)
  const { generation, digest } = table
  replica.reply = (message) => {
    if (message.kind === 'hello') {
      replica.say({
        ...{
          ...welcomeHead,
          term: 1,
          times,
          epoch: 5,
          key: Buffer.alloc(32).toString('base64url'),
        },
        nats: { servers: ['nats://127.0.0.1:1'], table: 't', pulse: 'p', get: 'g' },
        registry: { version: 1, replicas: [] },
        ...{ disseminated: { generation, digest }, table: whole(table) },
      })
    } else if (message.kind === 'heartbeat') {
      const { number } = message
      replica.say({ kind: 'answer', lineage, number, term: 1, disseminated: generation, digest })
    }
  }
  let turns = 0
  const slicesAtTurn: number[] = []
  const turn = () => {
    turns += 1
    turning = setImmediate(turn)
  }
  let turning = setImmediate(turn)
  const { work: step } = SidecarMachine.prototype
  const work = vi.spyOn(SidecarMachine.prototype, 'work')
  work.mockImplementation(function (this: SidecarMachine, ...args) {
    slicesAtTurn.push(turns)
    step.apply(this, args)
  })
  onTestFinished(() => {
    clearImmediate(turning)
    work.mockRestore()
  })
  const sidecar = await connect({
    ...{ replicas: [replica.url], nats: false },
    host: { name: 'a:1', appId: 'app', types },
  })
  onTestFinished(() => sidecar.close())
  expect(sidecar.state().generation).toBe(10)
  expect(slicesAtTurn.length).toBeGreaterThanOrEqual(3)
  expect(new Set(slicesAtTurn).size).toBe(slicesAtTurn.length)
})
