/** `setTypes` as users have it: what its promise comes to. */
import { expect, onTestFinished, test } from 'vitest'
import { type ConnectOptions, connect } from '../../src/sidecar/index.js'
import { difference } from '../../src/table/table-change.js'
import { eventually } from '../support/eventually.js'
import { member, typeSet } from '../table/tables.js'
import { lineage, owned } from './support/bench.js'
import { head, host, inOne, welcoming } from './support/welcoming.js'

const owner = { onTestFinished }

/** A host at a replica that knows changes of types, and its sidecar. */
async function hosted(options: Partial<ConnectOptions> = {}, protocol = 2) {
  const { replica, base, state } = await welcoming(owner)
  state.protocol = protocol
  const sidecar = await connect({ replicas: [replica.url], nats: false, host, ...options })
  onTestFinished(() => sidecar.close())
  const said = () => replica.heard.filter((message) => message.kind === 'types')
  const taken = (number: number, generation: number) =>
    replica.say({ kind: 'types_taken', lineage, epoch: 5, number, generation })
  return { replica, base, state, sidecar, said, taken }
}

const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

test('resolves once the table that has the types is disseminated and is here', async () => {
  const { replica, base, state, sidecar, said, taken } = await hosted()
  const mine = owned('a:1', base)
  const token = sidecar.token('Order', mine)
  const done: string[] = []
  const setting = sidecar.setTypes(['Stock', 'Order']).then(() => done.push('set'))
  await eventually('the message', () => said().length === 1)
  expect(said()).toMatchObject([{ epoch: 5, number: 1, types: ['Order', 'Stock'] }])
  taken(1, 11)
  const types = typeSet(2, 'Order', 'Stock')
  const next = base.edit({ generation: 11, upserts: [member('a:1', 5, types)], removes: [] })
  replica.say({ kind: 'update', ...head, ...inOne, change: difference(base, next) })
  await eventually('the acknowledgement', () => {
    return replica.heartbeats().at(-1)?.acknowledged.generation === 11
  })
  expect(done).toEqual([])
  expect(sidecar.owns('Stock', '1')).toBe(false)
  const { generation, digest } = next
  state.disseminated = next
  replica.say({ kind: 'unlock', ...head, generation, digest })
  await setting
  expect(sidecar.owns('Stock', '1')).toBe(true)
  expect(sidecar.owns('Order', mine)).toBe(true)
  expect(sidecar.token('Order', mine)).toBeGreaterThan(token)
  expect(sidecar.state()).toMatchObject({ types: ['Order', 'Stock'], typesWaiting: null, epoch: 5 })
})

test('rejects at a replica of an older build, says what to do, and fences nobody', async () => {
  const { base, sidecar, said } = await hosted({}, 1)
  const fenced: unknown[] = []
  sidecar.onFenced((order) => void fenced.push(order))
  await expect(sidecar.setTypes([])).rejects.toEqual(refused('level_too_low', /upgrade it/))
  expect(said()).toEqual([])
  expect(fenced).toEqual([])
  expect(sidecar.owns('Order', owned('a:1', base))).toBe(true)
  expect(sidecar.state().types).toEqual(['Order'])
})

test('rejects what no message may say, and changes nothing', async () => {
  const { sidecar, said } = await hosted()
  const many = Array.from({ length: 257 }, (_, i) => `T${i}`)
  const long = Array.from({ length: 200 }, (_, i) => `${i}`.padEnd(100, 'x'))
  for (const types of ['Order', null, [1], [''], ['\ud800'], ['x'.repeat(129)], many, long]) {
    const given = types as unknown as readonly string[]
    await expect(sidecar.setTypes(given)).rejects.toEqual(refused('invalid_request', /^setTypes: /))
  }
  expect(said()).toEqual([])
  expect(sidecar.state().types).toEqual(['Order'])
})

test('rejects where connect named no host', async () => {
  const { replica } = await welcoming(owner)
  const sidecar = await connect({ replicas: [replica.url], nats: false })
  onTestFinished(() => sidecar.close())
  await expect(sidecar.setTypes(['Order'])).rejects.toEqual(refused('invalid_request', /"host"/))
})

test('rejects when other types are set before a table has these', async () => {
  const { sidecar, said, taken } = await hosted()
  const first = sidecar.setTypes(['Stock'])
  const outcome = expect(first).rejects.toEqual(refused('conflict', /Other types were set/))
  const second = sidecar.setTypes(['Order', 'Order'])
  await outcome
  await eventually('the second', () => said().at(-1)?.number === 2)
  taken(2, 10)
  await second
})

test('rejects after its time with what it waits for, and the types stay set', async () => {
  const { replica, sidecar, said, taken } = await hosted()
  const setting = sidecar.setTypes(['Stock'], { timeoutMs: 300 })
  const outcome = expect(setting).rejects.toEqual(refused('timeout', /Too often/))
  await eventually('the message', () => said().length === 1)
  const waiting = { code: 'damped', detail: 'Too often.', retryAfterMs: 60_000 } as const
  replica.say({ kind: 'types_waiting', lineage, epoch: 5, number: 1, ...waiting })
  await outcome
  expect(sidecar.state()).toMatchObject({ types: ['Stock'], typesWaiting: { code: 'damped' } })
  // Asked again it waits for the same change.
  const again = sidecar.setTypes(['Stock'])
  taken(1, 10)
  await again
  expect(said().length).toBe(1)
})

test('rejects on a sidecar that is closed', async () => {
  const { sidecar } = await hosted()
  const setting = sidecar.setTypes(['Stock'])
  const outcome = expect(setting).rejects.toEqual(refused('unavailable', /closed/))
  await sidecar.close()
  await outcome
  await expect(sidecar.setTypes(['Order'])).rejects.toEqual(refused('unavailable', /closed/))
})
