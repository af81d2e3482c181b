/** Hosts that take calls, each with its call port, at replicas that say what a test says. */
import { expect, onTestFinished, test } from 'vitest'
import {
  type ActorCall,
  connect,
  type ServeOptions,
  serve,
  waitBoundsMs,
} from '../../src/sidecar/index.js'
import { difference } from '../../src/table/table-change.js'
import { peerTlsOf } from '../support/certificates.js'
import { eventually } from '../support/eventually.js'
import { lineage, moving, owned } from './support/bench.js'
import type { FakeReplica } from './support/fake-replica.js'
import { twoHosts } from './support/two-hosts.js'
import { head, inOne } from './support/welcoming.js'

const owner = { onTestFinished }

type Host = Pick<ServeOptions, 'application'> & Partial<ServeOptions>

async function served(name: string, at: { readonly replicas: readonly string[] }, more: Host) {
  const host = { name, appId: 'app', types: ['Order'] }
  const sidecar = await serve({ ...at, nats: false, host, ...more })
  onTestFinished(() => sidecar.close())
  return sidecar
}

/** Answers as JSON who was called with what. */
const echo = (name: string) => async (call: ActorCall) => {
  const { type, id, method, path, token, headers, body } = call
  const said = body instanceof Buffer ? body.toString() : ''
  const key = headers['idempotency-key'] ?? null
  return { status: 201, body: JSON.stringify({ name, type, id, method, path, token, said, key }) }
}

async function textOf(body: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

test('a call reaches the owner from each host and from an observer', async () => {
  const { names, base, welcome } = await twoHosts(owner)
  const [first, second] = [
    await served(names[0], await welcome(), { application: echo('first') }),
    await served(names[1], await welcome(), { application: echo('second') }),
  ]
  const observer = await connect(await welcome())
  onTestFinished(() => observer.close())
  for (const sidecar of [first, second, observer]) {
    for (const [i, name] of ['first', 'second'].entries()) {
      const id = owned(names[i]!, base)
      const request = { path: '/add?by=1', body: 'one', idempotencyKey: 'k 1' }
      const { status, body } = await sidecar.call('Order', id, request)
      const told = { type: 'Order', id, method: 'POST', path: '/add?by=1', token: 10 }
      expect([status, JSON.parse(await textOf(body))]).toEqual([
        201,
        { name, ...told, said: 'one', key: 'k 1' },
      ])
    }
  }
  const { status, body } = await observer.call('Nothing', '1')
  expect([status, JSON.parse(await textOf(body)).code]).toEqual([404, 'no_owner'])
})

test('calls are counted by their ends and hops, and by how long they waited', async () => {
  const { names, base, welcome } = await twoHosts(owner)
  const first = await served(names[0], await welcome(), { application: echo('first') })
  await served(names[1], await welcome(), { application: echo('second') })
  const observer = await connect(await welcome())
  onTestFinished(() => observer.close())
  expect(observer.callMeasures()).toBe(null)
  for (const name of [names[0], names[1], names[1]]) {
    const { body } = await first.call('Order', owned(name, base))
    await textOf(body)
  }
  await observer.call('Nothing', '1')
  const { ended, waits, waiting, running, forwarded, actors } = first.callMeasures()!
  expect(ended.answered).toEqual({ none: 0, local: 1, remote: 2 })
  expect([waits.length, waits[0]]).toEqual([waitBoundsMs.length + 1, 3])
  expect([waiting, running, forwarded, actors]).toEqual([0, 0, 0, 1])
  expect(observer.callMeasures()?.ended.no_owner.none).toBe(1)
})

test('a key is acknowledged as let go of when its call has ended and its actor has left', async () => {
  const { names, base, state, replicas, welcome } = await twoHosts(owner)
  const left: string[] = []
  let end: () => void = () => undefined
  let leave: () => void = () => undefined
  const first = await served(names[0], await welcome(), {
    application: ({ id }) =>
      new Promise((resolve) => {
        end = () => resolve({ body: id })
      }),
    onLeave: ({ type, id }, why) => {
      left.push(`${type}/${id} ${why}`)
      return new Promise((resolve) => {
        leave = resolve
      })
    },
  })
  await served(names[1], await welcome(), { application: echo('second') })
  const next = base.edit({ generation: 11, upserts: [], removes: [names[0]] })
  const id = moving(base, next, names[0], names[1])
  const running = first.call('Order', id)
  const [replica] = replicas as [FakeReplica, FakeReplica]
  const change = difference(base, next)
  replica.say({ kind: 'update', ...head, ...inOne, change })
  await eventually('the release', () => !first.owns('Order', id))
  const waiting = first.call('Order', id, { path: '/next' })
  const acknowledged = () => replica.heartbeats().at(-1)!.acknowledged.generation
  const beats = replica.heartbeats().length
  await eventually('more heartbeats', () => replica.heartbeats().length > beats + 2)
  expect([acknowledged(), left]).toEqual([10, []])
  end()
  expect(await textOf((await running).body)).toBe(id)
  await eventually('that the actor leaves', () => left.length > 0)
  expect([acknowledged(), left]).toEqual([10, [`Order/${id} moved`]])
  leave()
  await eventually('the acknowledgement', () => acknowledged() === 11)
  state.table = next
  const { generation, digest } = next
  // Nobody tells the second host: it hears of the table, and fetches it.
  replica.say({ kind: 'unlock', ...head, generation, digest })
  const { status, body } = await waiting
  expect([status, JSON.parse(await textOf(body))]).toEqual([
    201,
    expect.objectContaining({ name: 'second', id, path: '/next', token: 11 }),
  ])
})

test('a fence cuts what runs, and the host is admitted anew when its actors have stopped', async () => {
  const { names, base, replicas, welcome } = await twoHosts(owner)
  const told: string[] = []
  let settle: () => void = () => undefined
  const first = await served(names[0], await welcome(), {
    application: ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => told.push('aborted'))
        settle = () => resolve({})
      }),
    onLeave: (_actor, why) => void told.push(why),
    onFenced: (isFinal) => void told.push(`fenced ${isFinal}`),
  })
  const id = owned(names[0], base)
  const running = first.call('Order', id)
  const [replica] = replicas as [FakeReplica]
  const hellos = () => replica.heard.filter(({ kind }) => kind === 'hello').length
  replica.say({ kind: 'fence', lineage, epoch: 5, code: 'expired' })
  const { status, body } = await running
  expect([status, JSON.parse(await textOf(body))]).toEqual([
    502,
    expect.objectContaining({ code: 'call_lost', outcome: 'unknown' }),
  ])
  expect(first.owns('Order', id)).toBe(false)
  await eventually('what it is told', () => told.length === 2)
  expect([hellos(), told.sort()]).toEqual([1, ['aborted', 'fenced true']])
  settle()
  await eventually('the next hello', () => hellos() > 1)
  expect(told).toContain('fenced')
})

test('a host that closes cuts its calls and says bye when nothing runs any more', async () => {
  const { names, base, replicas, welcome } = await twoHosts(owner)
  const left: string[] = []
  const first = await served(names[0], await welcome(), {
    application: ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
    onLeave: (_actor, why) => void left.push(why),
  })
  const running = first.call('Order', owned(names[0], base))
  await first.close()
  expect((await running).status).toBe(502)
  expect(left).toEqual(['moved'])
  const [replica] = replicas as [FakeReplica]
  await eventually('a bye', () => replica.heard.some(({ kind }) => kind === 'bye'))
  await expect(first.call('Order', '1')).rejects.toMatchObject({ code: 'unavailable' })
  await expect(fetch(`http://${names[0]}/v1/call/Order/1`)).rejects.toThrow('fetch failed')
})

test('a host that leaves loses none of a hundred calls that run', async () => {
  const { names, base, state, replicas, welcome } = await twoHosts(owner)
  const ends: (() => void)[] = []
  const left = new Set<string>()
  const first = await served(names[0], await welcome(), {
    application: ({ id }) => new Promise((done) => ends.push(() => done({ body: id }))),
    onLeave: ({ id }) => void left.add(id),
  })
  const second = await served(names[1], await welcome(), { application: echo('second') })
  const all = Array.from({ length: 400 }, (_, i) => `order ${i}`)
  const ids = all.filter((id) => base.owner('Order', id)?.name === names[0]).slice(0, 100)
  const running = ids.map((id, i) => (i % 2 === 0 ? first : second).call('Order', id))
  await eventually('that all run', () => ends.length === 100)
  const [one, other] = replicas as [FakeReplica, FakeReplica]
  const next = base.edit({ generation: 11, upserts: [], removes: [names[0]] })
  const { generation, digest } = next
  const answer = one.reply
  let isOrdered = false
  one.reply = (message) => {
    answer(message)
    if (message.kind === 'leave' && !isOrdered) {
      isOrdered = true
      one.say({ kind: 'update', ...head, ...inOne, change: difference(base, next) })
    }
    if (message.kind !== 'heartbeat' || message.acknowledged.generation < 11) return
    state.table = next
    other.say({ kind: 'unlock', ...head, generation, digest })
    one.say({ kind: 'left', lineage, epoch: 5 })
  }
  const leaving = first.leave({ timeoutMs: 60_000 })
  await eventually('the release', () => !first.owns('Order', ids[0]!))
  expect(left.size).toBe(0)
  for (const end of ends) end()
  const answers = await Promise.all(running)
  expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200))
  expect(await Promise.all(answers.map(({ body }) => textOf(body)))).toEqual(ids)
  await eventually('that all have left', () => left.size === 100)
  // The second host may not have heard of it yet: then it is refused, and tries again.
  const { body } = await second.call('Order', ids[0]!)
  expect(JSON.parse(await textOf(body))).toMatchObject({ name: 'second', token: 11 })
  await leaving
  await expect(first.call('Order', '1')).rejects.toMatchObject({ code: 'unavailable' })
})

test('with certificates hosts call one another by mutual TLS alone', async () => {
  const { names, base, welcome } = await twoHosts(owner)
  const callTls = peerTlsOf('replica-1')
  const first = await served(names[0], await welcome(), { application: echo('first'), callTls })
  await served(names[1], await welcome(), { application: echo('second'), callTls })
  const { status, body } = await first.call('Order', owned(names[1], base))
  expect([status, JSON.parse(await textOf(body)).name]).toEqual([201, 'second'])
  const plain = fetch(`http://${names[1]}/v1/call/Order/${owned(names[1], base)}`)
  await expect(plain).rejects.toThrow('fetch failed')
})

test('a host that has connected alone says that it takes no calls', async () => {
  const { names, base, welcome } = await twoHosts(owner)
  const host = { name: names[0], appId: 'app', types: ['Order'] }
  const sidecar = await connect({ ...(await welcome()), host })
  onTestFinished(() => sidecar.close())
  const { status, body } = await sidecar.call('Order', owned(names[0], base))
  expect([status, JSON.parse(await textOf(body)).code]).toEqual([503, 'unavailable'])
})

test('what cannot be served is refused at the start, with what to do', async () => {
  const { names, welcome } = await twoHosts(owner, { roundDeadlineMs: 2_000 })
  const at = await welcome()
  const application = echo('first')
  const refused = async (more: Partial<ServeOptions>, name: string = names[0]) => {
    const start = served(name, at, { application, ...more })
    return start.then(String, ({ code, message }) => `${code}: ${message}`)
  }
  expect(await refused({}, '10.0.0.1:80')).toMatch(/^invalid_config: .* Give callTls, or insecure/)
  expect(await refused({ callListen: '0.0.0.0:80' })).toMatch(/^invalid_config: .* insecure: true/)
  expect(await refused({ callListen: 'here' })).toMatch(/^invalid_config: .* no address to listen/)
  expect(await refused({ turns: ['Cart'] })).toMatch(/^invalid_config: .* has no "Cart"/)
  expect(await refused({ idleMs: 0 })).toMatch(/^invalid_config: .* idleMs must be/)
  expect(await refused({ drainMs: -1 })).toMatch(/^invalid_config: .* drainMs must be/)
  expect(await refused({ drainMs: 1_001 })).toMatch(/^invalid_config: .* may be 1000 at most here/)
  const sidecar = await served(names[0], at, { application, drainMs: 1_000 })
  const taken = await refused({})
  expect(taken).toMatch(/^unavailable: serve: |^unavailable: This host cannot serve on/)
  const bad = [{ method: 'NO SUCH' }, { timeoutMs: -1 }, { path: 'x' }, { idempotencyKey: '' }]
  for (const request of [...bad, { headers: { 'a b': '1' } }]) {
    await expect(sidecar.call('Order', '1', request)).rejects.toMatchObject({
      code: 'invalid_request',
    })
  }
})
