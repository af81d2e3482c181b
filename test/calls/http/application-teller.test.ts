/** What an application over HTTP is told, and what is waited for. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Telling } from '../../../src/calls/http/application-teller.js'
import { HttpApplication } from '../../../src/calls/http/http-application.js'
import type { ActorKey } from '../../../src/calls/machine/ownership.js'
import { eventually } from '../../support/eventually.js'
import { bodyOf, serveHttp, type TestServer } from './support/raw-application.js'

let server: TestServer
let application: HttpApplication
let seen: string[]
let failures: string[]
/** What the server answers next; the last one for ever. */
let statuses: number[]

beforeEach(async () => {
  seen = []
  failures = []
  statuses = [204]
  server = await serveHttp(async (asked, response) => {
    seen.push(`${asked.method} ${asked.url} ${await bodyOf(asked)}`)
    const status = statuses.length > 1 ? statuses.shift() : statuses[0]
    if (status !== undefined && status > 0) response.writeHead(status).end()
    else response.destroy()
  })
  application = new HttpApplication({
    url: `http://127.0.0.1:${server.port}`,
    telling: { actors: 'each', fenced: true },
    onFailure: (what) => failures.push(what),
  })
})

afterEach(async () => {
  await application.close()
  await server.close()
})

async function told(actors: readonly ActorKey[], telling: Telling): Promise<ActorKey[]> {
  application.tell(telling)
  const gone: ActorKey[] = []
  application.leave(actors, 'moved', (actor) => gone.push(actor))
  await eventually('all are told', () => gone.length === actors.length)
  return gone
}

const actors = [
  { type: 'Cart', id: 'a/b' },
  { type: 'Größe', id: '車' },
]

test('each actor is told by itself', async () => {
  expect(await told(actors, { actors: 'each', fenced: false })).toEqual(actors)
  expect(seen.sort()).toEqual([
    'DELETE /berth/actors/Cart/a%2Fb ',
    'DELETE /berth/actors/Gr%C3%B6%C3%9Fe/%E8%BB%8A ',
  ])
})

test('all are told together where that is wanted', async () => {
  expect(await told(actors, { actors: 'together', fenced: false })).toEqual(actors)
  expect(seen).toEqual([`POST /berth/release ${JSON.stringify({ why: 'moved', actors })}`])
})

test('nothing is told where nothing is wanted', async () => {
  expect(await told(actors, { actors: 'none', fenced: false })).toEqual(actors)
  await application.fenced(true)
  expect(seen).toEqual([])
})

test.for([404, 405, 410, 501])(
  'an actor of which it knows nothing (%i) has left',
  async (status) => {
    statuses = [status]
    expect(await told(actors.slice(0, 1), { actors: 'each', fenced: false })).toHaveLength(1)
    expect(seen).toHaveLength(1)
  },
)

test('an application that fails is asked again until it lets go', async () => {
  statuses = [500, 0, 503, 302, 200]
  await told(actors.slice(0, 1), { actors: 'each', fenced: false })
  expect(seen).toHaveLength(5)
  const path = 'DELETE /berth/actors/Cart/a%2Fb'
  expect(failures.filter((what) => !what.includes('status'))).toHaveLength(1)
  expect(failures).toHaveLength(4)
  expect([failures[0], failures[2]]).toEqual([`${path}: status 500`, `${path}: status 503`])
  seen = []
  statuses = [404, 0, 200]
  await told(actors, { actors: 'together', fenced: false })
  expect(seen).toHaveLength(3)
})

test('one that hangs holds up others for the time of an ask, and is asked again', async () => {
  let hung = 0
  const hanging = await serveHttp((_asked, response) => {
    // As many as there are connections for it, and once more.
    hung += 1
    if (hung > 520) response.writeHead(204).end()
  })
  const url = `http://127.0.0.1:${hanging.port}`
  const telling = { actors: 'each', fenced: false } as const
  const patient = new HttpApplication({ url, telling, limits: { askTimeoutMs: 100 } })
  const many = Array.from({ length: 600 }, (_, i) => ({ type: 'Cart', id: `${i}` }))
  const gone: ActorKey[] = []
  patient.leave(many, 'moved', (actor) => gone.push(actor))
  await eventually('all are told', () => gone.length === many.length)
  expect(new Set(gone.map(({ id }) => id)).size).toBe(600)
  await patient.close()
  await hanging.close()
})

test('a fence is told of until it is taken in', async () => {
  statuses = [500, 200]
  await application.fenced(false)
  expect(seen).toEqual(Array(2).fill('POST /berth/fenced {"final":false}'))
})

test('an application that comes back as another one is asked as that one wants it', async () => {
  statuses = [503]
  application.tell({ actors: 'together', fenced: true })
  const gone: ActorKey[] = []
  application.leave(actors, 'moved', (actor) => gone.push(actor))
  const fenced = application.fenced(true)
  await eventually(
    'both were asked for',
    () => new Set(seen.map((one) => one.split(' ')[1])).size === 2,
  )
  statuses = [404]
  application.tell({ actors: 'each', fenced: false })
  await fenced
  await eventually('all are told', () => gone.length === actors.length)
  expect(seen).toContain('DELETE /berth/actors/Cart/a%2Fb ')
  expect(gone).toEqual(expect.arrayContaining(actors))
})

test('one that wants to be told of nothing any more has let go', async () => {
  statuses = [503]
  const gone: ActorKey[] = []
  application.leave(actors, 'moved', (actor) => gone.push(actor))
  await eventually('each was asked for', () => seen.length >= 2)
  application.tell({ actors: 'none', fenced: false })
  await eventually('all are told', () => gone.length === actors.length)
})
