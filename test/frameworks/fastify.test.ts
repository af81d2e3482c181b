/** Applications of Fastify as hosts, at replicas that say what a test says. */
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { actorOf, berth, type HostOptions } from '../../src/frameworks/fastify.js'
import { type ActorCall, serve } from '../../src/sidecar/index.js'
import { difference } from '../../src/table/table-change.js'
import { ask, problemIn } from '../calls/http/support/ask.js'
import { lineage, moving, owned } from '../sidecar/support/bench.js'
import type { FakeReplica } from '../sidecar/support/fake-replica.js'
import { twoHosts } from '../sidecar/support/two-hosts.js'
import { head, inOne } from '../sidecar/support/welcoming.js'
import { eventually } from '../support/eventually.js'

const owner = { onTestFinished }
type At = { readonly replicas: readonly string[]; readonly nats: false }
type Options = Partial<HostOptions> & { readonly fastify?: FastifyServerOptions }

async function started(
  name: string,
  at: At,
  add: (app: FastifyInstance) => void = () => undefined,
  { fastify = {}, ...more }: Options = {},
) {
  const app = Fastify(fastify)
  await app.register(berth, { ...at, host: { name, appId: 'app', types: ['Order'] }, ...more })
  app.post('/Order/:id/add', async (request) => ({ name, actor: actorOf(request) }))
  app.get('/health', async ({ headers }) => ({ name, token: headers['berth-token'] ?? null }))
  add(app)
  onTestFinished(() => app.close())
  await app.ready()
  // There is nobody in these clusters who lets it leave.
  onTestFinished(() => app.berth.close())
  return app
}

async function jsonOf(body: AsyncIterable<unknown>) {
  let text = ''
  for await (const chunk of body) text += String(chunk)
  return JSON.parse(text)
}

const portOf = (name: string) => Number(name.split(':')[1])

test('a call reaches the route of its actor, from here and from another host', async () => {
  const { names, base, welcome } = await twoHosts(owner)
  const first = await started(names[0], await welcome())
  const second = await started(names[1], await welcome())
  for (const app of [first, second]) {
    for (const name of names) {
      const id = owned(name, base)
      const { status, body } = await app.berth.call('Order', id, { path: '/add' })
      const actor = { type: 'Order', id, token: 10, generation: 10, chain: [expect.any(String)] }
      expect([status, await jsonOf(body)]).toEqual([200, { name, actor }])
    }
  }
  const other = owned(names[1], base)
  const headers = { 'Berth-Hop': '1' }
  const refused = await ask(portOf(names[0]), `/v1/call/Order/${other}/add`, { headers })
  expect([refused.status, problemIn(refused).code]).toEqual([421, 'call_declined'])
})

test('its other routes are on the port, and its actors on no port but by calls', async () => {
  const { names, base, welcome } = await twoHosts(owner)
  const add = (app: FastifyInstance) => {
    app.get('/:one/:two', async () => 'by any name')
    app.get('/all/*', async () => 'anything')
  }
  const routerOptions = { caseSensitive: false, ignoreDuplicateSlashes: true }
  const rewriteUrl = ({ url = '' }) => url.replace('/hidden/', '/Order/')
  const fastify = { routerOptions, rewriteUrl }
  const app = await started(names[0], await welcome(), add, { fastify })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const ports = [portOf(names[0]), (app.server.address() as AddressInfo).port]
  const id = owned(names[0], base)
  const paths = [
    ...[`/Order/${id}/add`, `/order/${id}/add`, `//Order/${id}/add`, `/%4frder/${id}/add`],
    ...[`/hidden/${id}/add`, `http://here/Order/${id}/add`, '/Order/42', '/Order'],
  ]
  const headers = { 'Berth-Token': '1', 'Berth-Actor': `Order/${id}`, 'Berth-Hop': '1' }
  for (const port of ports) {
    for (const path of paths) {
      for (const method of ['GET', 'POST']) {
        const got = await ask(port, path, { method, headers })
        expect([path, got.status, problemIn(got).code]).toEqual([path, 404, 'not_found'])
        expect(problemIn(got).detail).toContain('/v1/call/')
      }
    }
    const well = await ask(port, '/health', { headers })
    expect(JSON.parse(well.body)).toEqual({ name: names[0], token: null })
    expect((await ask(port, '/a/b')).body).toBe('by any name')
    expect((await ask(port, '/all/Order/1')).body).toBe('anything')
  }
})

test('an application that closes hands over first, and goes on until then', async () => {
  const { names, base, state, replicas, welcome } = await twoHosts(owner)
  const ends: (() => void)[] = []
  const told: string[] = []
  const add = (app: FastifyInstance) => {
    app.post('/Order/:id/wait', async () => {
      await new Promise<void>((resolve) => ends.push(resolve))
      return 'first'
    })
    app.addHook('preClose', async () => void told.push('preClose'))
  }
  const onLeave = ({ id }: { id: string }) => void told.push(id)
  const app = await started(names[0], await welcome(), add, { onLeave })
  const application = ({ id }: ActorCall) => ({ body: JSON.stringify({ name: 'second', id }) })
  const host = { name: names[1], appId: 'app', types: ['Order'] }
  const second = await serve({ ...(await welcome()), host, application })
  onTestFinished(() => second.close())
  const id = owned(names[0], base)
  const running = second.call('Order', id, { path: '/wait' })
  await eventually('the call', () => ends.length === 1)

  const [one, other] = replicas as [FakeReplica, FakeReplica]
  const next = base.edit({ generation: 11, upserts: [], removes: [names[0]] })
  const { generation, digest } = next
  const { reply } = one
  one.reply = (message) => {
    reply(message)
    if (message.kind !== 'heartbeat' || message.acknowledged.generation < 11) return
    state.table = next
    other.say({ kind: 'unlock', ...head, generation, digest })
    one.say({ kind: 'left', lineage, epoch: 5 })
  }
  const closing = app.close()
  await eventually('that it wants to leave', () => one.heard.some(({ kind }) => kind === 'leave'))
  // Nobody has ordered it to let go yet.
  const meanwhile = await second.call('Order', id, { path: '/add' })
  expect(await jsonOf(meanwhile.body)).toMatchObject({ name: names[0] })
  one.say({ kind: 'update', ...head, ...inOne, change: difference(base, next) })
  await eventually('the release', () => !app.berth.owns('Order', id))
  expect(told).toEqual([])
  for (const end of ends) end()
  expect(String((await (await running).body.toArray())[0])).toBe('first')
  const { body } = await second.call('Order', id)
  expect(await jsonOf(body)).toEqual({ name: 'second', id })
  await closing
  expect(told).toEqual([id, 'preClose'])
})

test('an actor does not leave while its handler runs on, cut or not', async () => {
  const { names, base, replicas, welcome } = await twoHosts(owner)
  const told: string[] = []
  let end: () => void = () => undefined
  const add = (app: FastifyInstance) => {
    app.post('/Order/:id/deaf', async ({ raw }) => {
      raw.once('aborted', () => told.push('aborted'))
      await new Promise<void>((resolve) => {
        end = resolve
      })
      return 'too late'
    })
  }
  const onLeave = ({ id }: { id: string }) => void told.push(`${id} leaves`)
  const app = await started(names[0], await welcome(), add, { onLeave, drainMs: 50 })
  const next = base.edit({ generation: 11, upserts: [], removes: [names[0]] })
  const id = moving(base, next, names[0], names[1])
  const running = app.berth.call('Order', id, { path: '/deaf' })
  await eventually('the call', () => replicas.length > 0 && end.length === 1)
  const [replica] = replicas as [FakeReplica]
  replica.say({ kind: 'update', ...head, ...inOne, change: difference(base, next) })
  expect((await running).status).toBe(502)
  await eventually('the abort', () => told.length > 0)
  const beats = replica.heartbeats().length
  await eventually('more heartbeats', () => replica.heartbeats().length > beats + 2)
  expect([told, replica.heartbeats().at(-1)!.acknowledged.generation]).toEqual([['aborted'], 10])
  end()
  const acknowledged = () => replica.heartbeats().at(-1)!.acknowledged.generation
  await eventually('the acknowledgement', () => acknowledged() === 11)
  expect(told).toEqual(['aborted', `${id} leaves`])
})

test('what is wrong is said by ready(), and before it there is no sidecar', async () => {
  const { names, welcome } = await twoHosts(owner)
  const at = await welcome()
  const code = async (more: Options) =>
    started(names[0], at, undefined, more).then(String, (error) => `${error.code} ${error.message}`)
  expect(await code({ turns: ['Cart'] })).toMatch(/^invalid_config .* has no "Cart"/)
  const long = await code({ timeoutMs: 10_000 })
  expect(long).toMatch(/^invalid_config .* timeoutMs may be 9000 ms .* pluginTimeout/)
  const nobody = await code({ replicas: ['ws://127.0.0.1:1'], fastify: { pluginTimeout: 1_000 } })
  expect(nobody).toMatch(/^timeout Waited 900 ms: .* without a replica/)
  const app = Fastify()
  const host = { name: names[0], appId: 'app', types: ['Order'] }
  await app.register(berth, { ...at, host })
  expect(() => app.berth).toThrow('await app.ready() first')
  await app.close()
})
