import { expect, test } from 'vitest'
import { createHasher } from '../../src/hash/hasher.js'
import type { Upstream } from '../../src/hosts/relay-message.js'
import { prove } from '../../src/hosts/relay-message.js'
import { closeCodes, helloBytesMax, Sessions, unsentMax } from '../../src/hosts/sessions.js'
import { Budget } from '../../src/jobs/job.js'
import { createTableContext } from '../../src/table/table-context.js'
import { typesLevel } from '../../src/versions/versions.js'
import type { Hello, HostMessage, ReplicaMessage } from '../../src/wire/messages.js'
import { exact } from '../support/exact-messages.js'
import { secretOf } from '../support/secrets.js'
import { versions } from '../support/versions.js'
import { key, Log, lineage } from './support/log.js'

const instance = '00000000-0000-4000-9000-000000000001'
const hello: Hello = {
  ...{
    kind: 'hello',
    ...versions,
    namespace: 'default',
    name: 'a:1',
    appId: 'app',
  },
  ...{ instance, secret: secretOf(instance), types: ['Order'] },
}
/** BLAKE2b-256 of the layout in src/hosts/secret.ts. */
const { secretHash } = prove(hello, createTableContext(await createHasher()))
const acknowledged = { term: 1, generation: 0, digest: '0'.repeat(43) }

function heartbeat(number: number, epoch = 0): HostMessage {
  const said = epoch === 0 ? '' : lineage
  return { kind: 'heartbeat', lineage: said, epoch, number, acknowledged, listening: true }
}

/** Sessions of one replica; the leader behind them is the test. */
async function replica() {
  const log = await Log.begin()
  const up: Upstream[] = []
  const sent: (readonly [session: string, message: ReplicaMessage])[] = []
  const closed: (readonly [session: string, code: number])[] = []
  const sessions = new Sessions(log.state, { natsServers: ['nats://n'] })
  /** What was to be done until now is known to the test. */
  const carryOut = () => {
    for (let isDone = false; !isDone; isDone = !sessions.hasWork) sessions.work(new Budget(1))
    for (const effect of sessions.takeEffects()) {
      if (effect.kind === 'up') up.push(effect.message)
      else if (effect.kind === 'close') closed.push([effect.session, effect.code])
      else {
        exact.replicaMessage(effect.message)
        sent.push(...effect.sessions.map((id) => [id, effect.message] as const))
      }
    }
  }
  const seen = {
    get up() {
      carryOut()
      return up
    },
    get sent() {
      carryOut()
      return sent
    },
    get closed() {
      carryOut()
      return closed
    },
  }
  const open = (id: string, said: Hello = hello) => {
    sessions.open(id)
    sessions.receive(id, said)
  }
  /** Admits the session as this member. */
  const admit = (session: string, epoch: number, index = log.state.appliedIndex) => {
    sessions.fromLeader(1, { kind: 'admitted', session, epoch, index, roundTo: null })
  }
  const kinds = () => seen.up.map(({ kind }) => kind)
  const said = () => seen.sent.map(([session, { kind }]) => `${session} ${kind}`)
  return { log, sessions, seen, open, admit, kinds, said }
}

const leader = { replica: 2, term: 1 }

test('a hello goes to the leader; the welcome is composed when its index is applied here', async () => {
  const { log, sessions, seen, open, admit, said } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  const { secret: _, ...told } = hello
  expect(seen.up).toEqual([{ kind: 'hello', session: 's1', hello: told, secretHash }])
  admit('s1', log.state.appliedIndex + 1, log.state.appliedIndex + 1)
  expect(seen.sent).toEqual([])
  const epoch = log.join('a:1')
  sessions.applied()
  expect(said()).toEqual(['s1 welcome'])
  expect(seen.sent[0]![1]).toMatchObject({
    ...{ cluster: 'test', namespace: 'default', lineage, epoch, term: 1, key },
    nats: {
      servers: ['nats://n'],
      table: 'berth.test.default.table',
      get: 'berth.test.default.get',
    },
    registry: { version: 0, replicas: [] },
    disseminated: { generation: 0 },
  })
})

test('a leader is told a hello once, and again when it asks; heartbeats go alone', async () => {
  const { sessions, seen, open, admit } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  for (const number of [1, 2]) sessions.receive('s1', heartbeat(number))
  expect(seen.up).toMatchObject([
    { kind: 'hello' },
    { kind: 'heartbeat', number: 1, hellos: 1 },
    { kind: 'heartbeat', number: 2, hellos: 1 },
  ])
  seen.up.length = 0
  // It was lost; the second question crossed the answer to the first.
  for (let i = 0; i < 2; i += 1) {
    sessions.fromLeader(1, { kind: 'say_hello', session: 's1', hellos: 1 })
  }
  sessions.receive('s1', heartbeat(3))
  expect(seen.up).toMatchObject([{ kind: 'hello' }, { kind: 'heartbeat', number: 3, hellos: 2 }])
  seen.up.length = 0
  sessions.leaderChanged({ replica: 3, term: 2 })
  expect(seen.up).toMatchObject([{ kind: 'hello' }, { kind: 'heartbeat', number: 3, hellos: 3 }])
  admit('s1', 7)
  seen.up.length = 0
  sessions.fromLeader(2, { kind: 'say_hello', session: 's1', hellos: 3 })
  sessions.receive('s1', heartbeat(4, 7))
  expect(seen.up).toMatchObject([{ kind: 'heartbeat', number: 4, hellos: 0 }])
})

test('hellos that are not answered take a bounded number of bytes; the next one goes elsewhere', async () => {
  const { sessions, seen, open, admit } = await replica()
  sessions.leaderChanged(leader)
  const types = Array.from({ length: 128 }, (_, at) => `${at}`.padEnd(128, 'x'))
  let count = 0
  for (; seen.closed.length === 0 && count < 5_000; count += 1)
    open(`s${count}`, { ...hello, types })
  expect(count).toBeLessThanOrEqual(1 + helloBytesMax / 16_384)
  const last = `s${count - 1}`
  expect(seen.closed).toEqual([[last, closeCodes.goElsewhere]])
  expect(seen.sent.at(-1)).toEqual([last, expect.objectContaining({ code: 'overloaded' })])
  sessions.closed(last)
  // One is answered, another one goes: there is room for two.
  admit('s0', 7)
  sessions.closed('s1')
  for (const id of ['a', 'b', 'c']) open(id, { ...hello, types })
  expect(seen.closed.slice(1)).toEqual([['c', closeCodes.goElsewhere]])
})

test('a session is welcomed once, however often its hello was relayed and answered', async () => {
  const { log, sessions, seen, open, admit, said } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  for (const hellos of [1, 2]) {
    sessions.fromLeader(1, { kind: 'say_hello', session: 's1', hellos })
  }
  expect(seen.up.filter(({ kind }) => kind === 'hello').length).toBe(3)
  admit('s1', 7, log.state.appliedIndex + 1)
  // What is answered is not said again, to this leader or the next one.
  sessions.receive('s1', heartbeat(3))
  sessions.fromLeader(1, { kind: 'say_hello', session: 's1', hellos: 3 })
  sessions.leaderChanged({ replica: 3, term: 2 })
  expect(seen.up.filter(({ kind }) => kind === 'hello').length).toBe(3)
  admit('s1', 7, log.state.appliedIndex + 1)
  log.join('b:1')
  sessions.applied()
  for (let i = 0; i < 3; i += 1) admit('s1', 7)
  expect(said()).toEqual(['s1 welcome'])
})

/** A table with one host, and another host that has joined since: its hello may resume. */
async function withTable() {
  const one = await replica()
  one.log.join('b:1')
  one.log.disseminate()
  const { generation, digest } = one.log.state.namespace('default')!.table
  const epoch = one.log.join('a:1')
  one.sessions.leaderChanged(leader)
  const resume = { lineage, epoch, number: 9, acknowledged, held: { generation, digest } }
  return { ...one, resume }
}

test('a welcome leaves out the table that the host holds, and has the running round apart', async () => {
  const { log, sessions, seen, open, resume } = await withTable()
  const { epoch } = resume
  const { digest } = resume.held
  open('s1', { ...hello, resume })
  const { appliedIndex: index } = log.state
  sessions.fromLeader(1, { kind: 'admitted', session: 's1', epoch, index, roundTo: 2 })
  expect(seen.sent[0]![1]).not.toHaveProperty('table')
  expect(seen.sent[0]![1]).toMatchObject({
    disseminated: { generation: 1, digest },
    round: { term: 1, deadlineMs: 10_000, change: { from: 1, to: 2, upserts: [{ name: 'a:1' }] } },
  })
})

test('a welcome carries the disseminated table, whole, to a host that does not hold that very one', async () => {
  const { seen, open, admit, resume } = await withTable()
  const { epoch } = resume
  const { generation, digest } = resume.held
  const other = 'f'.repeat(43)
  const hellos: Hello[] = [
    hello,
    { ...hello, resume: { ...resume, held: { generation: 0, digest } } },
    { ...hello, resume: { ...resume, held: { generation, digest: other } } },
    { ...hello, resume: { ...resume, lineage: hello.instance } },
  ]
  for (const [at, said] of hellos.entries()) {
    open(`s${at}`, said)
    admit(`s${at}`, epoch)
  }
  const table = { from: 0, to: generation, digest, upserts: [{ name: 'b:1' }] }
  expect(seen.sent).toMatchObject(hellos.map((_, at) => [`s${at}`, { kind: 'welcome', table }]))
})

test('all who are told of a table are told of the same copy, until it is another table', async () => {
  const { log, sessions, seen, open, admit } = await withTable()
  const { appliedIndex: index } = log.state
  for (const session of ['s1', 's2']) {
    open(session)
    sessions.fromLeader(1, { kind: 'admitted', session, epoch: 7, index, roundTo: 2 })
    sessions.receive(session, { kind: 'get', generation: 1 })
  }
  sessions.fromLeader(1, { kind: 'round', namespace: 'default', to: 2 })
  const overNats = sessions.tableFor('default', { kind: 'get', generation: 1 })!
  const copies = seen.sent.flatMap(([, message]) => {
    if (message.kind === 'welcome') return [message.table, message.round!.change]
    return message.kind === 'table' ? [message.change] : []
  })
  const [table, change] = copies
  expect(copies).toEqual([table, change, table, table, change, table])
  for (const [i, copy] of copies.entries()) expect(copy).toBe([table, change, table][i % 3])
  expect(overNats.change).toBe(table)
  expect(overNats.round!.change).toBe(change)
  log.disseminate()
  const later = sessions.tableFor('default', { kind: 'get', generation: 2 })!
  expect(later.change).not.toBe(table)
  admit('s3', 7)
})

test('the next leader gets the hello and the newest heartbeat that nobody answered, and no older one', async () => {
  const { sessions, seen, open, admit } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  open('s2')
  admit('s2', 7)
  for (const number of [1, 2, 3]) {
    sessions.receive('s1', heartbeat(number))
    sessions.receive('s2', heartbeat(number, 7))
  }
  sessions.fromLeader(1, { kind: 'answer', session: 's2', number: 2, disseminated: 0 })
  sessions.leaderChanged(null)
  seen.up.length = 0
  sessions.leaderChanged({ replica: 3, term: 2 })
  expect(seen.up).toMatchObject([
    { kind: 'hello', session: 's1' },
    { kind: 'heartbeat', session: 's1', name: null, number: 3 },
    { kind: 'heartbeat', session: 's2', name: 'a:1', epoch: 7, number: 3 },
  ])
  sessions.fromLeader(2, { kind: 'answer', session: 's2', number: 3, disseminated: 0 })
  seen.up.length = 0
  sessions.leaderChanged({ replica: 1, term: 3 })
  expect(seen.up.filter(({ session }) => session === 's2')).toEqual([])
})

test('without a leader a host is told once that there is none', async () => {
  const { sessions, seen, open } = await replica()
  open('s1')
  for (const number of [1, 2]) sessions.receive('s1', heartbeat(number))
  expect(seen.sent).toMatchObject([['s1', { kind: 'waiting', code: 'no_leader' }]])
})

test('a last word without a leader is kept for the next one; a closed session is not', async () => {
  const { sessions, seen, open, admit } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  admit('s1', 7)
  sessions.leaderChanged(null)
  seen.up.length = 0
  sessions.receive('s1', { kind: 'bye', lineage, epoch: 7 })
  sessions.closed('s1')
  expect(seen.up).toEqual([])
  sessions.leaderChanged({ replica: 3, term: 2 })
  const who = { session: 's1', namespace: 'default', name: 'a:1', secretHash }
  const word = { ...who, lineage, epoch: 7 }
  expect(seen.up).toEqual([{ kind: 'bye', ...word }])
})

test('no more last words are kept than a named limit', async () => {
  const { sessions, seen, open, admit } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  admit('s1', 7)
  sessions.leaderChanged(null)
  for (let i = 0; i < unsentMax + 5; i += 1) {
    sessions.receive('s1', { kind: 'fenced', lineage, epoch: 7 })
  }
  seen.up.length = 0
  sessions.leaderChanged(leader)
  expect(seen.up.filter(({ kind }) => kind === 'fenced').length).toBe(unsentMax)
})

test('what the leader says reaches the session, with lineage and term', async () => {
  const { sessions, seen, open, admit } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  admit('s1', 7)
  seen.sent.length = 0
  const digest = 'd'.repeat(43)
  const session = 's1'
  sessions.fromLeader(1, { kind: 'answer', session, number: 4, disseminated: 3, digest })
  sessions.fromLeader(1, {
    ...{ kind: 'refused', session, number: 5, code: 'behind', disseminated: 3, digest },
  })
  sessions.fromLeader(1, { kind: 'fence', session, epoch: 7, code: 'evicted' })
  sessions.fromLeader(1, { kind: 'left', session, epoch: 7 })
  sessions.fromLeader(1, { kind: 'fence', session: 'gone', epoch: 7, code: 'evicted' })
  const fact = { lineage, term: 1, disseminated: 3, digest }
  expect(seen.sent).toEqual([
    ['s1', { kind: 'answer', number: 4, ...fact }],
    ['s1', { kind: 'refused', number: 5, code: 'behind', ...fact }],
    ['s1', { kind: 'fence', lineage, epoch: 7, code: 'evicted' }],
    ['s1', { kind: 'left', lineage, epoch: 7 }],
  ])
  expect(seen.closed).toEqual([['s1', closeCodes.left]])
})

test('orders and the name of a leader reach welcomed sessions only', async () => {
  const { sessions, seen, open, admit } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  open('s2')
  admit('s1', 7)
  seen.sent.length = 0
  const head = { namespace: 'default', lineage, term: 1 }
  const order = { kind: 'unlock', ...head, generation: 3, digest: 'd'.repeat(43) } as const
  sessions.fromLeader(1, { kind: 'orders', sessions: ['s1', 's2', 'gone'], order })
  const named = { kind: 'leader', lineage, term: 2, key } as const
  sessions.leaderNamed(named)
  expect(seen.sent).toEqual([
    ['s1', order],
    ['s1', named],
  ])
})

test('a session whose admission another one took over is closed', async () => {
  const { sessions, seen, open } = await replica()
  open('s1')
  sessions.fromLeader(1, { kind: 'superseded', session: 's1' })
  expect(seen.closed).toEqual([['s1', closeCodes.superseded]])
})

test('a replica that stops says "go elsewhere" to everybody before it closes', async () => {
  const { sessions, seen, open, said } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  open('s2')
  sessions.stop()
  expect(said()).toEqual(['s1 go_elsewhere', 's2 go_elsewhere'])
  expect(seen.closed.map(([, code]) => code)).toEqual([
    closeCodes.goElsewhere,
    closeCodes.goElsewhere,
  ])
})

const wrong: [what: string, messages: HostMessage[], says: RegExp][] = [
  ['no hello', [heartbeat(1)], /Say hello first/],
  ['two hellos', [hello, hello], /one hello/],
  ['another cluster', [{ ...hello, cluster: 'other' }], /This is cluster "test"/],
  [
    'types without a name',
    [
      {
        ...{
          kind: 'hello',
          ...versions,
          namespace: 'default',
        },
        ...{ instance: hello.instance, types: ['Order'] },
      },
    ],
    /needs "name"/,
  ],
]
for (const [what, messages, says] of wrong) {
  test(`a host that does not keep to the protocol is told so and closed: ${what}`, async () => {
    const { sessions, seen } = await replica()
    sessions.leaderChanged(leader)
    sessions.open('s1')
    for (const message of messages) sessions.receive('s1', message)
    expect(seen.sent).toMatchObject([
      ['s1', { kind: 'error', detail: expect.stringMatching(says) }],
    ])
    expect(seen.closed).toEqual([['s1', closeCodes.invalidMessage]])
  })
}

test('a request for a table waits until this replica has what it needs', async () => {
  const { log, sessions, seen, open, admit } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  admit('s1', 0)
  seen.sent.length = 0
  sessions.receive('s1', { kind: 'get', generation: 1 })
  expect(seen.sent).toEqual([])
  log.join('a:1')
  sessions.applied()
  expect(seen.sent).toEqual([])
  log.disseminate()
  sessions.applied()
  expect(seen.sent).toMatchObject([['s1', { kind: 'table', change: { from: 0, to: 1 } }]])
})

test('an observer that leaves is let go at once, without a word to the leader', async () => {
  const { sessions, seen, open, admit, kinds } = await replica()
  const { name: _name, appId: _appId, types: _types, ...observer } = hello
  sessions.leaderChanged(leader)
  open('s1', observer)
  admit('s1', 0)
  seen.sent.length = 0
  sessions.receive('s1', { kind: 'leave', lineage, epoch: 0 })
  expect(seen.sent).toEqual([['s1', { kind: 'left', lineage, epoch: 0 }]])
  expect(seen.closed).toEqual([['s1', closeCodes.left]])
  expect(kinds()).toEqual(['hello'])
})

test('which round runs is known here until the leader says otherwise or changes', async () => {
  const { sessions } = await replica()
  sessions.leaderChanged(leader)
  sessions.fromLeader(1, { kind: 'round', namespace: 'default', to: 5 })
  expect(sessions.runningTo('default')).toBe(5)
  sessions.fromLeader(1, { kind: 'round', namespace: 'default', to: null })
  expect(sessions.runningTo('default')).toBe(null)
  sessions.fromLeader(1, { kind: 'round', namespace: 'default', to: 6 })
  sessions.leaderChanged(null)
  expect(sessions.runningTo('default')).toBe(null)
})

test('a secret goes no further than the replica: the leader hears its hash', async () => {
  const { sessions, seen, open, admit } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  admit('s1', 7)
  sessions.receive('s1', heartbeat(1, 7))
  sessions.receive('s1', { kind: 'fenced', lineage, epoch: 7 })
  expect(seen.up.map(({ kind }) => kind)).toEqual(['hello', 'heartbeat', 'fenced'])
  expect(JSON.stringify(seen.up)).not.toContain(hello.secret)
  for (const message of seen.up) expect(message).toMatchObject({ secretHash })
})

test('a host that gives no secret is told to', async () => {
  const { seen, open } = await replica()
  const { secret: _, ...without } = hello
  open('s1', without)
  expect(seen.sent).toEqual([
    ['s1', expect.objectContaining({ code: 'invalid_message', detail: expect.any(String) })],
  ])
  expect(JSON.stringify(seen.sent)).toContain('needs a \\"secret\\"')
  expect(seen.closed).toEqual([['s1', closeCodes.invalidMessage]])
})

test.each(['heartbeat', 'leave', 'bye', 'fenced', 'types'] as const)(
  '"%s" of an admission that is not the session\'s own goes nowhere',
  async (kind) => {
    const { sessions, seen, open, admit } = await replica()
    sessions.leaderChanged(leader)
    const word = (epoch: number): HostMessage => {
      if (kind === 'heartbeat') return heartbeat(1, epoch)
      const said = { lineage, epoch }
      return kind === 'types' ? { kind, ...said, number: 1, types: [] } : { kind, ...said }
    }
    // Before its welcome a session has none.
    open('s1')
    seen.up.length = 0
    sessions.receive('s1', word(7))
    open('s2')
    admit('s2', 7)
    seen.up.length = 0
    sessions.receive('s2', word(8))
    expect(seen.up).toEqual([])
    expect(seen.closed).toEqual([
      ['s1', closeCodes.invalidMessage],
      ['s2', closeCodes.invalidMessage],
    ])
    expect(seen.sent.at(-1)).toEqual([
      's2',
      expect.objectContaining({ detail: 'This session was welcomed under epoch 7, not 8.' }),
    ])
  },
)

test('a list of replicas that changed goes to those that were welcomed, and to later ones', async () => {
  const { log, sessions, seen, open, admit } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  admit('s1', 7)
  open('s2')
  seen.sent.length = 0
  const version = log.commit({
    ...{ kind: 'register', atMs: 0, replica: 2 },
    ...{ peer: 'r2:1', api: 'https://r2:2', key },
  })
  sessions.registryChanged()
  const registry = { version, replicas: [{ id: 2, url: 'wss://r2:2', key }] }
  expect(seen.sent).toEqual([['s1', { kind: 'registry', lineage, registry }]])
  admit('s2', 8)
  expect(seen.sent.at(-1)).toEqual(['s2', expect.objectContaining({ kind: 'welcome', registry })])
})

test('a list of replicas comes with a table for whoever says that he has an older one', async () => {
  const { log, sessions, seen, open, admit } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  admit('s1', 7)
  const version = log.commit({
    ...{ kind: 'register', atMs: 0, replica: 2 },
    ...{ peer: 'r2:1', api: 'https://r2:2', key },
  })
  const asked = (more: { registry?: number }) => {
    sessions.receive('s1', { kind: 'get', generation: 0, ...more })
    const [, answer] = seen.sent.at(-1)!
    return answer.kind === 'table' ? answer.registry : answer.kind
  }
  expect(asked({ registry: version - 1 })).toMatchObject({ version, replicas: [{ id: 2 }] })
  expect([asked({ registry: version }), asked({})]).toEqual([undefined, undefined])
})

test('a member acknowledges each generation once, and who is none acknowledges nothing', async () => {
  const { sessions, open, admit, resume } = await withTable()
  const { epoch } = resume
  open('s1')
  admit('s1', epoch)
  const asksFor = (generation: number, term = 1, of = epoch, session = 's1') => {
    const said = { kind: 'heartbeat', lineage, epoch: of, number: 1, listening: true } as const
    const message = { ...said, acknowledged: { ...acknowledged, term, generation } }
    return sessions.isAcknowledgement(session, message)
  }
  expect([asksFor(1), asksFor(1), asksFor(2), asksFor(2)]).toEqual([true, false, true, false])
  sessions.fromLeader(1, { kind: 'round', namespace: 'default', to: 70 })
  expect([asksFor(130), asksFor(200)]).toEqual([true, false])
  sessions.leaderChanged(null)
  expect(asksFor(131)).toBe(false)
  sessions.leaderChanged({ replica: 3, term: 2 })
  expect([asksFor(131, 2, epoch + 1), asksFor(131, 2, 0)]).toEqual([false, false])
  open('s2')
  expect([asksFor(2, 2, epoch, 's2'), asksFor(2, 2, epoch, 'gone')]).toEqual([false, false])
  expect(sessions.isAcknowledgement('s1', { kind: 'get', generation: 2 })).toBe(false)
})

test('types go to the leader from their feature level on, and are refused below it', async () => {
  const { log, sessions, seen, open, admit } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  admit('s1', 7)
  const said = { kind: 'types', lineage, epoch: 7, number: 3, types: ['Cart'] } as const
  seen.up.length = 0
  sessions.receive('s1', said)
  expect(seen.up).toEqual([])
  expect(seen.sent.at(-1)).toEqual([
    's1',
    expect.objectContaining({ kind: 'types_waiting', code: 'level_too_low', number: 3, epoch: 7 }),
  ])
  log.commit({ kind: 'level', atMs: 0, level: typesLevel, tableLevel: 1 })
  sessions.receive('s1', said)
  const who = { session: 's1', namespace: 'default', name: 'a:1', secretHash }
  expect(seen.up).toEqual([{ ...said, ...who }])
  // Without a leader nobody keeps them: the host says them again.
  sessions.leaderChanged(null)
  sessions.receive('s1', said)
  sessions.leaderChanged({ replica: 3, term: 2 })
  expect(seen.up.filter(({ kind }) => kind === 'types').length).toBe(1)
})

test('the answers to types go to their session', async () => {
  const { sessions, seen, open, admit } = await replica()
  sessions.leaderChanged(leader)
  open('s1')
  admit('s1', 7)
  const of = { epoch: 7, number: 3 }
  sessions.fromLeader(1, { kind: 'types_taken', session: 's1', ...of, generation: 9 })
  const why = { code: 'damped', detail: 'Too often.', retryAfterMs: 5 } as const
  sessions.fromLeader(1, { kind: 'types_waiting', session: 's1', ...of, ...why })
  expect(seen.sent.slice(-2)).toEqual([
    ['s1', { kind: 'types_taken', lineage, ...of, generation: 9 }],
    ['s1', { kind: 'types_waiting', lineage, ...of, ...why }],
  ])
})

test.each([
  ['of a host that speaks no version with it', { ...hello, protocol: { oldest: 1, newest: 1 } }, 7],
  ['of an observer', { ...hello, types: [] }, 0],
])('types %s close its session, and say why', async (_, said, epoch) => {
  const { log, sessions, seen, open, admit } = await replica()
  log.commit({ kind: 'level', atMs: 0, level: typesLevel, tableLevel: 1 })
  sessions.leaderChanged(leader)
  open('s1', said)
  admit('s1', epoch)
  seen.up.length = 0
  sessions.receive('s1', { kind: 'types', lineage, epoch, number: 1, types: ['Cart'] })
  expect(seen.up).toEqual([])
  expect(seen.closed).toEqual([['s1', closeCodes.invalidMessage]])
})
