/** What a sidecar says of its types, when, and what it makes of the answers. */
import { describe, expect, test } from 'vitest'
import { sayTypesEveryMs } from '../../src/sidecar/offered-types.js'
import type { Types } from '../../src/wire/messages.js'
import { member, typeSet } from '../table/tables.js'
import { Bench, epochs, keyOf, lineage, owned, times } from './support/bench.js'

const current = { protocol: 2 }
const both = typeSet(2, 'Cart', 'Order')

/** Serves at a replica that knows changes of types. */
async function serving(more: object = current): Promise<Bench> {
  return (await Bench.host()).serve(more)
}

const saidBy = (bench: Bench) =>
  bench.sent.filter((message): message is Types => message.kind === 'types')

function set(bench: Bench, ...types: string[]): number {
  let number = 0
  bench.tell((machine) => {
    number = machine.setTypes(types, bench.now)
  })
  return number
}

const outcome = (bench: Bench, number: number) => bench.machine.typesOutcome(number).kind

function take(bench: Bench, number: number, generation: number): void {
  const of = { lineage, epoch: epochs.a, number, generation }
  bench.say({ kind: 'types_taken', ...of })
}

/** The next table, in which this host has these types, becomes the one that answers. */
function unlock(bench: Bench): void {
  const table = bench.base.edit({
    generation: 11,
    upserts: [member('a:1', epochs.a, both)],
    removes: [],
  })
  bench.say(bench.update(bench.base, table))
  bench.say(bench.unlock(table))
}

test('types are said at once, and hold when the table that has them answers here', async () => {
  const bench = await serving()
  const number = set(bench, 'Order', 'Cart', 'Order')
  const types = ['Cart', 'Order']
  expect(saidBy(bench)).toEqual([{ kind: 'types', lineage, epoch: epochs.a, number, types }])
  take(bench, number, 11)
  expect(outcome(bench, number)).toBe('waiting')
  unlock(bench)
  expect(outcome(bench, number)).toBe('done')
  expect(bench.machine.state(bench.now).types).toEqual(types)
  expect(bench.fences).toEqual([])
})

test('the same types again are no change', async () => {
  const bench = await serving()
  expect(outcome(bench, set(bench, 'Order'))).toBe('done')
  expect(saidBy(bench)).toEqual([])
  const number = set(bench, 'Cart', 'Order')
  expect(set(bench, 'Order', 'Cart')).toBe(number)
  expect(saidBy(bench).length).toBe(1)
})

test('they are said again until they are answered', async () => {
  const bench = await serving()
  const number = set(bench, 'Cart')
  bench.pass(times.answerTimeoutMs - 100)
  expect(saidBy(bench).length).toBe(1)
  bench.pass(200)
  expect(saidBy(bench).length).toBe(2)
  const waiting = { code: 'damped', detail: 'Too often.', retryAfterMs: 4_000 } as const
  bench.say({ kind: 'types_waiting', lineage, epoch: epochs.a, number, ...waiting })
  expect(bench.machine.state(bench.now).typesWaiting).toEqual({
    code: 'damped',
    detail: 'Too often.',
  })
  bench.answer()
  bench.pass(4_000)
  expect(saidBy(bench).length).toBe(2)
  take(bench, number, 11)
  bench.answer()
  bench.pass(5_000)
  expect(saidBy(bench).length).toBe(2)
  expect(bench.machine.state(bench.now).typesWaiting).toBeNull()
})

test('and at once to the next leader, which knows nothing of them', async () => {
  const bench = await serving()
  const lead = (term: number) => bench.say({ kind: 'leader', lineage, term, key: keyOf(term) })
  lead(2)
  expect(saidBy(bench)).toEqual([])
  const number = set(bench, 'Cart')
  const waiting = { code: 'damped', detail: 'Too often.', retryAfterMs: 40_000 } as const
  bench.say({ kind: 'types_waiting', lineage, epoch: epochs.a, number, ...waiting })
  bench.pass(sayTypesEveryMs)
  lead(2)
  lead(1)
  expect(saidBy(bench).length).toBe(1)
  lead(3)
  expect(saidBy(bench).map((said) => said.number)).toEqual([number, number])
  // Leaders that follow one another fast are not all told at once.
  lead(4)
  expect(saidBy(bench).length).toBe(2)
  bench.pass(sayTypesEveryMs)
  expect(saidBy(bench).length).toBe(3)
  take(bench, number, 11)
  bench.pass(sayTypesEveryMs)
  lead(5)
  expect(saidBy(bench).length).toBe(3)
})

test('a host that is told other types again and again says the last of them, and seldom', async () => {
  const bench = await serving()
  let number = 0
  for (let i = 0; i < 1_000; i += 1) number = set(bench, `T${i}`)
  expect(saidBy(bench).length).toBe(1)
  bench.pass(sayTypesEveryMs)
  expect(saidBy(bench).map((said) => said.number)).toEqual([1, number])
  expect(outcome(bench, 1)).toBe('superseded')
})

test('an answer of another change or admission counts for nothing', async () => {
  const bench = await serving()
  const first = set(bench, 'Cart')
  const number = set(bench, 'Stock')
  take(bench, first, 10)
  bench.say({ kind: 'types_taken', lineage, epoch: epochs.b, number, generation: 10 })
  expect(outcome(bench, number)).toBe('waiting')
  take(bench, number, 10)
  expect(outcome(bench, number)).toBe('done')
})

describe('a cluster that does not take them:', () => {
  test('a replica of an older build is not told, and the types are those from before', async () => {
    const bench = await serving({ protocol: 1 })
    const number = set(bench, 'Cart')
    expect(saidBy(bench)).toEqual([])
    expect(bench.machine.typesOutcome(number)).toEqual({
      kind: 'refused',
      detail: expect.stringContaining('upgrade it'),
    })
    expect(bench.machine.state(bench.now).types).toEqual(['Order'])
  })

  test('below the level they are refused, and the next hello says those from before', async () => {
    const bench = await serving()
    const number = set(bench, 'Cart')
    const refused = {
      code: 'level_too_low',
      detail: 'Upgrade all replicas.',
      retryAfterMs: 0,
    } as const
    bench.say({ kind: 'types_waiting', lineage, epoch: epochs.a, number, ...refused })
    expect(bench.machine.typesOutcome(number)).toEqual({
      kind: 'refused',
      detail: 'Upgrade all replicas.',
    })
    bench.tell((machine) => machine.closed(bench.now))
    bench.open()
    expect(bench.hellos.at(-1)?.types).toEqual(['Order'])
    expect(bench.fences).toEqual([])
    // They may be set again, under another number.
    expect(set(bench, 'Cart')).toBe(number + 1)
  })
})

describe('the hello of the next session', () => {
  test('says the types that were taken, and the others follow by themselves', async () => {
    const bench = await serving()
    const number = set(bench, 'Cart')
    bench.tell((machine) => machine.closed(bench.now))
    bench.open()
    // A replica of an older build would take other ones for another admission.
    expect(bench.hellos.at(-1)?.types).toEqual(['Order'])
    bench.say(bench.welcome(current))
    bench.pass(sayTypesEveryMs)
    expect(saidBy(bench).map((said) => said.number)).toEqual([number, number])
    take(bench, number, 10)
    bench.tell((machine) => machine.closed(bench.now))
    bench.open()
    expect(bench.hellos.at(-1)?.types).toEqual(['Cart'])
    bench.say(bench.welcome(current))
    expect(saidBy(bench).length).toBe(2)
    expect(bench.fences).toEqual([])
  })

  test('says those that are wanted once a fence has stopped everything', async () => {
    const bench = await serving()
    bench.say({ kind: 'fence', lineage, epoch: epochs.a, code: 'evicted' })
    set(bench, 'Cart')
    expect(saidBy(bench)).toEqual([])
    bench.tell((machine) => machine.stopped(bench.fences[0]!.fence, bench.now))
    bench.open()
    expect(bench.hellos.at(-1)?.types).toEqual(['Cart'])
    bench.say(bench.welcome({ ...current, epoch: 30 }))
    // An earlier hello may have been admitted.
    expect(saidBy(bench)).toMatchObject([{ epoch: 30, types: ['Cart'] }])
  })

  test('is what an observer says that learns its types, in a session of its own', async () => {
    const host = { name: 'a:1', appId: 'app', types: [] }
    const bench = await Bench.host({ host })
    bench.open()
    bench.say(bench.welcome({ ...current, epoch: 0 }))
    expect(bench.machine.isHost).toBe(false)
    const number = set(bench, 'Order')
    expect(saidBy(bench)).toEqual([])
    bench.open()
    expect(bench.hellos.at(-1)?.types).toEqual(['Order'])
    bench.say(bench.welcome(current))
    bench.answer()
    take(bench, number, 10)
    expect(outcome(bench, number)).toBe('done')
    expect(bench.machine.owns('Order', owned('a:1', bench.base), bench.now)).toBe(true)
  })
})

test('a fence takes the keys of withdrawn types as well, also when all is forgotten', async () => {
  for (const what of ['fence', 'lineage'] as const) {
    const bench = await serving()
    take(bench, set(bench, 'Cart'), 11)
    if (what === 'fence') bench.say({ kind: 'fence', lineage, epoch: epochs.a, code: 'evicted' })
    else {
      const other = '00000000-0000-4000-8000-00000000000b'
      bench.say({ kind: 'leader', lineage: other, term: 1, key: 'k'.repeat(43) })
    }
    const [fence] = bench.fences
    expect(fence).toMatchObject({ isFinal: true })
    expect(fence!.keys.types).toEqual(['Cart', 'Order'])
    expect(fence!.keys.has('Order', owned('a:1', bench.base))).toBe(true)
  }
})

test('keys of a withdrawn type go on until they are to be let go of', async () => {
  const bench = await serving()
  const mine = owned('a:1', bench.base)
  const token = bench.machine.token('Order', mine, bench.now)!
  const number = set(bench, 'Cart')
  expect(bench.machine.owns('Order', mine, bench.now)).toBe(true)
  const table = bench.base.edit({
    generation: 11,
    upserts: [member('a:1', epochs.a, typeSet(2, 'Cart'))],
    removes: [],
  })
  bench.say(bench.update(bench.base, table))
  expect(bench.releases.map(({ keys }) => keys.types)).toEqual([['Order']])
  expect(bench.machine.owns('Order', mine, bench.now)).toBe(false)
  // What runs may finish under its token.
  expect(bench.machine.token('Order', mine, bench.now)).toBe(token)
  expect(bench.heartbeats.at(-1)?.acknowledged.generation).toBe(10)
  bench.tell((machine) => machine.released(bench.releases[0]!.release, bench.now))
  expect(bench.machine.token('Order', mine, bench.now)).toBeNull()
  expect(bench.heartbeats.at(-1)?.acknowledged.generation).toBe(11)
  take(bench, number, 11)
  expect(outcome(bench, number)).toBe('waiting')
})
