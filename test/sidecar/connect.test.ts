import { expect, onTestFinished, test } from 'vitest'
import { type ConnectOptions, connect, type Sidecar } from '../../src/sidecar/index.js'
import { actorIdBytesMax } from '../../src/sidecar/sidecar.js'
import { difference } from '../../src/table/table-change.js'
import type { ReplicaMessage } from '../../src/wire/messages.js'
import { eventually } from '../support/eventually.js'
import { freePort } from '../support/ports.js'
import { makeContext, member } from '../table/tables.js'
import { lineage, moving, orders, owned } from './support/bench.js'
import { FakeReplica } from './support/fake-replica.js'
import { head, host, inOne, welcoming, withD } from './support/welcoming.js'

const owner = { onTestFinished }

/** A promise that the test resolves. */
function gate() {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve: () => resolve() }
}

async function connected(options: ConnectOptions): Promise<Sidecar> {
  const sidecar = await connect({ nats: false, ...options })
  onTestFinished(() => sidecar.close())
  return sidecar
}

test('a sidecar connects, looks up, and owns its share', async () => {
  const { replica, base } = await welcoming(owner)
  const headers = { authorization: 'Bearer x' }
  const sidecar = await connected({ replicas: [replica.url], host, headers })
  const [mine, theirs] = [owned('a:1', base), owned('b:1', base)]
  expect(await sidecar.where('Order', theirs)).toEqual({
    host: 'b:1',
    appId: 'app',
    generation: 10,
  })
  expect(sidecar.peek('Order', mine)).toEqual({ host: 'a:1', appId: 'app', generation: 10 })
  expect(sidecar.owns('Order', mine)).toBe(true)
  expect(sidecar.token('Order', mine)).toBe(10)
  expect(() => sidecar.token('Order', theirs)).toThrow(
    expect.objectContaining({ code: 'not_owner' }),
  )
  expect(sidecar.peek('Nothing', '1')).toBe('unknown')
  const planned = sidecar.plan('Order', ['1', '2', '3', '4', '5', '6', '7', '8'])
  expect(planned.filter(({ host: name }) => name === 'a:1').length).toBeOneOf([3, 4, 5])
  expect(planned[0]).toEqual({ host: expect.any(String), appId: 'app', generation: 10 })
  expect(() => sidecar.plan('Nothing', ['1'])).toThrow(
    expect.objectContaining({ code: 'no_owner' }),
  )
  expect(replica.headers[0]).toMatchObject(headers)
  expect(sidecar.state()).toMatchObject({ phase: 'serving', replica: replica.url, nats: 'down' })
})

test('a host has joined when the table that answers has it, not before', async () => {
  const { replica, base, state, unlock } = await welcoming(owner)
  state.epoch = 11
  const joining = connect({ replicas: [replica.url], nats: false, host: { ...host, name: 'd:1' } })
  const settled: string[] = []
  joining.then(
    () => settled.push('joined'),
    () => settled.push('failed'),
  )
  await eventually('a lease', () => replica.heartbeats().length > 2)
  expect(settled).toEqual([])
  replica.say({ kind: 'update', ...head, ...inOne, change: difference(base, withD(base)) })
  replica.say(unlock())
  const sidecar = await joining
  onTestFinished(() => sidecar.close())
  expect(sidecar.state()).toMatchObject({ isMember: true, generation: 11 })
  expect(sidecar.owns('Order', owned('d:1', withD(base)))).toBe(true)
})

test('an actor without a type or an id is refused, also from a caller without types', async () => {
  const { replica } = await welcoming(owner)
  const sidecar = await connected({ replicas: [replica.url], host })
  const nothing = undefined as unknown as string
  const refused = expect.objectContaining({ code: 'invalid_request' })
  expect(() => sidecar.owns('Order', nothing)).toThrow(refused)
  expect(() => sidecar.token(nothing, '1')).toThrow(refused)
  expect(() => sidecar.peek('Order', nothing)).toThrow(refused)
  await expect(sidecar.where('Order', nothing)).rejects.toEqual(refused)
})

test('two actors that would be placed as one, for no UTF-8 tells them apart, are refused', async () => {
  const { hasher, position } = await makeContext()
  const hashOf = (id: string) => {
    hasher.hash64(id, position)
    return [...position]
  }
  const halves = ['half \ud800', 'half \udbff', 'half \udfff']
  expect(halves.map(hashOf)).toEqual(halves.map(() => hashOf('half \ufffd')))
  const { replica } = await welcoming(owner)
  const sidecar = await connected({ replicas: [replica.url], host })
  const refused = expect.objectContaining({ code: 'invalid_request' })
  for (const half of halves) {
    expect(() => sidecar.owns('Order', half)).toThrow(refused)
    expect(() => sidecar.owns(half, '1')).toThrow(refused)
    expect(() => sidecar.token('Order', half)).toThrow(refused)
    expect(() => sidecar.peek(half, '1')).toThrow(refused)
    expect(() => sidecar.plan('Order', ['1', half])).toThrow(refused)
    await expect(sidecar.where('Order', half)).rejects.toEqual(refused)
  }
  expect(() => sidecar.owns('Order', 'whole \u{1f600} \ufffd')).not.toThrow()
})

test('an actor id of 1 KiB is taken, a longer one refused, as over REST', async () => {
  const { replica } = await welcoming(owner)
  const sidecar = await connected({ replicas: [replica.url], host })
  const refused = expect.objectContaining({ code: 'invalid_request' })
  for (const letter of ['x', 'ä', '語', '🚢']) {
    const most = letter.repeat(Math.floor(actorIdBytesMax / Buffer.byteLength(letter)))
    expect(sidecar.peek('Order', most)).toMatchObject({ host: expect.any(String) })
    expect(() => sidecar.peek('Order', most + letter)).toThrow(refused)
    expect(() => sidecar.owns('Order', most + letter)).toThrow(refused)
    await expect(sidecar.where('Order', most + letter)).rejects.toEqual(refused)
  }
})

test('a caller waits while its key moves, and is answered by the unlock', async () => {
  const { replica, base, withD, update, unlock } = await welcoming(owner)
  const sidecar = await connected({ replicas: [replica.url] })
  const id = moving(base, withD, 'b:1', 'd:1')
  replica.say(update())
  await eventually('the key to move', () => sidecar.peek('Order', id) === 'moving')
  const waiting = sidecar.where('Order', id)
  const impatient = sidecar.where('Order', id, { timeoutMs: 5 })
  await expect(impatient).rejects.toMatchObject({ code: 'timeout' })
  const controller = new AbortController()
  const aborted = sidecar.where('Order', id, { signal: controller.signal })
  controller.abort(new Error('not needed any more'))
  await expect(aborted).rejects.toThrow('not needed any more')
  replica.say(unlock())
  expect(await waiting).toEqual({ host: 'd:1', appId: 'app', generation: 11 })
})

test('a type that no host has is no owner', async () => {
  const { replica } = await welcoming(owner)
  const sidecar = await connected({ replicas: [replica.url] })
  await expect(sidecar.where('Nothing', '1')).rejects.toMatchObject({ code: 'no_owner' })
})

test('the acknowledgement waits for what onRelease gives back', async () => {
  const { replica, base, withD, update } = await welcoming(owner)
  const sidecar = await connected({ replicas: [replica.url], host })
  const id = moving(base, withD, 'a:1', 'd:1')
  const { promise, resolve } = gate()
  const asked: boolean[] = []
  sidecar.onRelease(async (moved) => {
    expect(moved.deadlineMs).toBe(9_000)
    asked.push(moved.has('Order', id))
    await promise
  })
  const undo = sidecar.onRelease(() => void asked.push(false))
  undo()
  const acknowledged = () => replica.heartbeats().at(-1)!.acknowledged.generation
  replica.say(update())
  await eventually('the question to let go', () => asked.length > 0)
  const before = replica.heartbeats().length
  await eventually('a heartbeat', () => replica.heartbeats().length > before)
  expect(acknowledged()).toBe(10)
  expect(sidecar.owns('Order', id)).toBe(false)
  resolve()
  await eventually('the acknowledgement', () => acknowledged() === 11)
  expect(asked).toEqual([true])
})

test('a release that fails is never acknowledged, and is told in the log', async () => {
  const { replica, update } = await welcoming(owner)
  const errors: string[] = []
  const note = (_fields: object, message: string) => void errors.push(message)
  const log = { info: () => undefined, warn: () => undefined, error: note }
  const sidecar = await connected({ replicas: [replica.url], host, log })
  sidecar.onRelease(async () => {
    throw new Error('cannot let go')
  })
  replica.say(update())
  await eventually('the line', () => errors.some((line) => line.startsWith('onRelease failed')))
  const before = replica.heartbeats().length
  await eventually('a heartbeat', () => replica.heartbeats().length > before)
  expect(replica.heartbeats().at(-1)!.acknowledged.generation).toBe(10)
})

test('after a fence the host is admitted again once onFenced is done', async () => {
  const { replica, base, state } = await welcoming(owner)
  const sidecar = await connected({ replicas: [replica.url], host })
  const { promise, resolve } = gate()
  const reasons: string[] = []
  sidecar.onFenced(async ({ reason, keys }) => {
    reasons.push(reason)
    expect(keys.types).toEqual(['Order'])
    await promise
  })
  replica.say({ kind: 'fence', lineage, epoch: 5, code: 'expired' })
  await eventually('the fence', () => reasons.length > 0)
  expect(sidecar.state().isFenced).toBe(true)
  expect(replica.heard.filter(({ kind }) => kind === 'hello').length).toBe(1)
  state.epoch = 12
  state.disseminated = base.edit({
    ...{ generation: 11, removes: [] },
    upserts: [member('a:1', 12, orders)],
  })
  resolve()
  await sidecar.ready()
  expect(replica.heard.some(({ kind }) => kind === 'fenced')).toBe(true)
  expect(sidecar.state()).toMatchObject({ epoch: 12, generation: 11, isFenced: false })
  expect(reasons).toEqual(['expired'])
})

test('leaving resolves when the hand-over is finished, and ends everything', async () => {
  const { replica, base, state } = await welcoming(owner)
  const sidecar = await connected({ replicas: [replica.url], host })
  const without = base.edit({ generation: 11, upserts: [], removes: ['a:1'] })
  const change = difference(base, without)
  const answer = replica.reply
  replica.reply = (message) => {
    answer(message)
    if (message.kind === 'leave') {
      replica.say({ kind: 'update', ...head, ...inOne, change })
    } else if (message.kind === 'heartbeat' && message.acknowledged.generation === 11) {
      state.disseminated = without
      replica.say({ kind: 'left', lineage, epoch: 5 })
    }
  }
  const released: string[][] = []
  sidecar.onRelease((moved) => void released.push([...moved.types]))
  await sidecar.leave()
  expect(released).toEqual([['Order']])
  expect(sidecar.state().phase).toBe('left')
})

test('closing says bye, owns nothing from then on, and leaves no caller hanging', async () => {
  const { replica, base, withD, update } = await welcoming(owner)
  const sidecar = await connected({ replicas: [replica.url], host })
  const mine = owned('a:1', base, withD)
  const id = moving(base, withD, 'b:1', 'd:1')
  replica.say(update())
  await eventually('the key to move', () => sidecar.peek('Order', id) === 'moving')
  const waiting = sidecar.where('Order', id)
  const closing = sidecar.close()
  expect(sidecar.owns('Order', mine)).toBe(false)
  await expect(waiting).rejects.toMatchObject({ code: 'unavailable' })
  await closing
  await sidecar.close()
  await eventually('the word', () => replica.heard.some(({ kind }) => kind === 'bye'))
  await expect(sidecar.where('Order', id)).rejects.toMatchObject({ code: 'unavailable' })
})

test('dead addresses and a replica that is cut off cost no more than their time', async () => {
  const { replica, base } = await welcoming(owner)
  const dead = await Promise.all([freePort(), freePort()])
  const urls = dead.map((port) => `ws://127.0.0.1:${port}`)
  const sidecar = await connected({ replicas: [...urls, replica.url], host })
  const mine = owned('a:1', base)
  for (let i = 0; i < 2; i += 1) {
    replica.hangUp()
    await eventually('the end of the session', () => sidecar.state().replica === null)
    expect(sidecar.owns('Order', mine)).toBe(true)
    await eventually('another session', () => sidecar.state().replica === replica.url)
  }
})

test('a replica that talks nonsense loses the session, and nothing else is lost', async () => {
  const { replica, base } = await welcoming(owner)
  const lines: object[] = []
  const note = (fields: object) => void lines.push(fields)
  const log = { info: note, warn: note, error: note }
  const sidecar = await connected({ replicas: [replica.url], host, log })
  const nonsense = [Uint8Array.of(0xc1), Buffer.from('\x81\xa4kind\xa4what', 'latin1')]
  for (const bytes of nonsense) {
    const { length } = replica.heard.filter(({ kind }) => kind === 'hello')
    replica.sendBytes(bytes)
    await eventually('another hello', () => {
      return replica.heard.filter(({ kind }) => kind === 'hello').length > length
    })
    await eventually('the session', () => sidecar.state().phase === 'serving')
    expect(sidecar.owns('Order', owned('a:1', base))).toBe(true)
  }
  expect(lines).toContainEqual(
    expect.objectContaining({ reason: expect.stringContaining('unreadable message') }),
  )
})

test('what a host is given besides its name, app and types is not said', async () => {
  const { replica } = await welcoming(owner)
  const given = { ...host, token: 'of this host alone' }
  await connected({ replicas: [replica.url], host: given })
  const [hello] = replica.heard
  expect(hello).toMatchObject({ kind: 'hello', ...host })
  expect(hello).not.toHaveProperty('token')
})

test('who waits for its name says so when it gives up', async () => {
  const replica = await FakeReplica.start(owner)
  replica.reply = ({ kind }) => {
    const waiting: ReplicaMessage = {
      ...{ kind: 'waiting', code: 'name_taken', retryAfterMs: 1_000 },
      detail: 'Another instance holds a:1.',
    }
    if (kind === 'hello') replica.say(waiting)
  }
  const giving = connect({ replicas: [replica.url], nats: false, host, timeoutMs: 200 })
  await expect(giving).rejects.toMatchObject({
    code: 'timeout',
    message: expect.stringContaining('is waiting (name_taken)'),
  })
})

const wrong: [what: string, options: ConnectOptions, says: string][] = [
  [
    'a login of a replica that is not encoded',
    { replicas: ['ws://u:1/p s3cret@x:1'] },
    '"ws://***" has an "@" in its path',
  ],
  [
    'a login of NATS that is not encoded',
    { replicas: ['ws://x:1'], nats: { servers: ['nats://x', 'nats://u:p s3cret@x'] } },
    'nats.servers[1]: The address of a NATS server has not the form nats://host:port',
  ],
  [
    'the same without a scheme',
    { replicas: ['ws://x:1'], nats: { servers: ['u:p"s3cret@x:1'] } },
    'percent-encoded (a space is %20)',
  ],
  ['no server of NATS', { replicas: ['ws://x:1'], nats: { servers: [] } }, 'one or more'],
  ['no replica', { replicas: [] }, 'at least one replica'],
  ['an address that is none', { replicas: ['127.0.0.1:7400'] }, 'ws://'],
  ['a web page', { replicas: ['http://127.0.0.1:7400'] }, 'ws://'],
  ['a password of a replica', { replicas: ['ws://u:s3cret@x:1'] }, '"ws://x:1" has a user or'],
  ['a user of a replica', { replicas: ['ws://u@x:1'] }, 'a user or a password'],
  ['a token in a query', { replicas: ['ws://x:1/?token=s3cret'] }, '"ws://x:1" has a query'],
  ['a fragment', { replicas: ['ws://x:1/#s3cret'] }, '"ws://x:1" has a query or a fragment'],
  ['the path of hosts', { replicas: ['ws://x:1/a/v1/host/'] }, 'leave that off, it is added'],
  ['a login in a path', { replicas: ['ws://x:1/u:s3cret@y'] }, '"ws://***" has an "@"'],
  [
    'a password of what is no replica',
    { replicas: ['http://u:s3cret@x:1'] },
    '"http://x:1" is not',
  ],
  ['a connect that may take no time', { replicas: ['ws://x:1'], connectTimeoutMs: 0 }, 'from 1 to'],
  ['a connect that takes NaN', { replicas: ['ws://x:1'], connectTimeoutMs: Number.NaN }, 'from 1'],
  ['a namespace with dots', { replicas: ['ws://x:1'], namespace: 'a.b' }, 'namespace'],
  [
    'a name that is not host:port',
    { replicas: ['ws://x:1'], host: { ...host, name: 'a' } },
    'name',
  ],
  [
    'a name with another spelling',
    { replicas: ['ws://x:1'], host: { ...host, name: '[FD00::7]:5000' } },
    'connect: name has not the form host:port: write [fd00::7]:5000.',
  ],
  [
    'a name at which nobody is reached',
    { replicas: ['ws://x:1'], host: { ...host, name: '0.0.0.0:5000' } },
    'stands for all addresses',
  ],
  [
    'half a surrogate in its app id',
    { replicas: ['ws://x:1'], host: { ...host, appId: '\ud800' } },
    'appId is not well-formed Unicode',
  ],
  [
    'half a surrogate in a type',
    { replicas: ['ws://x:1'], host: { ...host, types: ['\udc00'] } },
    'types/0 is not well-formed Unicode',
  ],
  [
    'a header that HTTP does not have',
    { replicas: ['ws://x:1'], headers: { authorization: 'a\nb' } },
    'authorization',
  ],
  ['a header name that is none', { replicas: ['ws://x:1'], headers: { 'a b': 'c' } }, 'a b'],
  [
    'too many types',
    {
      replicas: ['ws://x:1'],
      host: { ...host, types: Array.from({ length: 257 }, (_, i) => `t${i}`) },
    },
    'types',
  ],
]
for (const [what, options, says] of wrong) {
  test(`an option that is wrong is refused at once: ${what}`, async () => {
    const error = await connect({ nats: false, ...options }).catch((cause) => cause)
    expect(error).toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining(says),
    })
    expect(error.message).not.toContain('s3cret')
  })
}
