/** Numbers and booleans of paths and queries have one form; what else looks like one is refused. */
import { beforeAll, describe, expect, test } from 'vitest'
import { documents } from '../../src/api/documents.js'
import { operationsOf } from '../../src/rest/documents.js'
import { parseWholeNumber } from '../../src/wire/whole-number.js'
import { type Answer, call, get } from './support/api-client.js'
import { type ApiServer, startApi } from './support/api-server.js'
import { idleReplica } from './support/idle-replica.js'

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly schema: { readonly type: string; readonly minimum?: number; readonly maximum?: number }
}

interface Place extends Parameter {
  readonly method: string
  /** A good one, where the operation needs one. */
  readonly body: object | undefined
  /** The path with a good value for everything else. */
  readonly at: (value: string) => string
}

const { openapi } = documents
const document = openapi as unknown as {
  readonly paths: Record<string, { readonly parameters?: readonly object[] }>
}

/** What a `$ref` of the document stands for, and what is no `$ref` itself. */
function resolved<T>(part: unknown): T {
  const { $ref } = part as { readonly $ref?: string }
  if ($ref === undefined) return part as T
  const path = $ref.slice(2).split('/')
  const found = path.reduce((at, key) => (at as Record<string, unknown>)[key], document as unknown)
  return resolved({ ...(found as object) })
}

const good: Readonly<Record<string, string>> = {
  namespace: 'default',
  name: '10.0.0.1:5000',
  type: 'Order',
  id: '3',
}

const bodies: Readonly<Record<string, object>> = {
  addReplica: { id: 4, peer: '10.0.0.4:7410' },
  changeReplicas: { changes: [{ id: 4, membership: 'voter' }] },
  changeSettings: { factor: 7 },
}

const places: readonly Place[] = operationsOf(openapi).flatMap(
  ({ method, template, operation }): Place[] => {
    const own = (operation as unknown as { parameters?: readonly object[] }).parameters ?? []
    const all = [...(document.paths[template]?.parameters ?? []), ...own].map((part) => {
      const parameter = resolved<Parameter>(part)
      return { ...parameter, schema: resolved<Parameter['schema']>(parameter.schema) }
    })
    const filled = (values: Readonly<Record<string, string>>) =>
      template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
    const needed = template.endsWith('/diff') ? 'from=0&' : ''
    return all.map((parameter) => ({
      ...parameter,
      method,
      body: bodies[operation.operationId],
      at: (value) =>
        parameter.in === 'path'
          ? filled({ ...good, [parameter.name]: value })
          : `${filled(good)}?${parameter.name === 'from' ? '' : needed}${parameter.name}=${value}`,
    }))
  },
)

const ofType = (type: string) =>
  places
    .filter(({ schema }) => schema.type === type)
    .map((place) => [`${place.method} ${place.at(`{${place.name}}`)}`, place] as const)

let server: ApiServer
beforeAll(async () => {
  server = await startApi(idleReplica())
  return () => server.app.close()
})

const ask = ({ method, at, body }: Place, value: string) =>
  call(server, method, at(value), body === undefined ? {} : { body })

function expectRefused({ status, body }: Answer, place: Place): void {
  expect(status).toBe(400)
  expect(body).toMatchObject({
    code: 'invalid_request',
    errors: [{ in: place.in, at: place.name }],
  })
}

test('every parameter is a text, an integer with bounds, or a boolean', () => {
  expect(places.length).toBeGreaterThan(50)
  for (const { schema, name } of places) {
    expect(['string', 'integer', 'boolean'], name).toContain(schema.type)
    if (schema.type !== 'integer') continue
    expect(schema.minimum, name).toBeGreaterThanOrEqual(0)
    expect(schema.maximum, name).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER)
  }
})

describe('an integer', () => {
  /** What JavaScript, or its checkers, take for a number all the same. */
  const forms = [
    ...['Infinity', '-Infinity', '%2BInfinity', 'NaN', '%2B1', '+1', '-0', '-1', '01', '00'],
    ...['1e3', '1E3', '1000.0', '1.', '.1', '%201000', '1000%20', '%091', '1%0A', '0x10', '0b1'],
    ...['0o7', '1_000', '1,000', '1n', '1000%00', '%EF%BC%91', '%D9%A1', 'true', 'null', '[1]'],
    ...['9'.repeat(400), '%5B%5D', '1%2C2'],
  ]

  test.for(ofType('integer'))('in %s is refused in any other form', async ([, place]) => {
    for (const form of forms) {
      const answer = await ask(place, form)
      expectRefused(answer, place)
      expect(answer.body.errors[0].detail, form).toMatch(/an integer in decimal digits/)
    }
  })

  test.for(ofType('integer'))('in %s is refused outside its bounds', async ([, place]) => {
    const { minimum = 0, maximum = 0 } = place.schema
    const outside = [maximum + 1, 2 ** 53, 2 ** 60, ...(minimum > 0 ? [minimum - 1] : [])]
    for (const value of outside) {
      const answer = await ask(place, BigInt(value).toString())
      expectRefused(answer, place)
      expect(answer.body.errors[0].detail).toMatch(/[<>]= \d/)
    }
  })

  test.for(ofType('integer'))('in %s is taken at its bounds', async ([, place]) => {
    const { minimum = 0, maximum = 0 } = place.schema
    for (const value of [minimum, maximum]) {
      const { body } = await ask(place, String(value))
      // As far as whoever decides, of whom there is none here.
      expect(body.code).toBe('no_leader')
    }
  })

  test.for(ofType('integer').filter(([, place]) => place.in === 'query'))(
    'in %s is refused when it is empty, has no value, or comes twice',
    async ([, place]) => {
      for (const query of ['=', '', '=1&NAME=2', '=1&NAME=1', '[]=1', '%5B%5D=1']) {
        const named = query.replaceAll('NAME', place.name)
        const path = place.at('X').replace(`${place.name}=X`, `${place.name}${named}`)
        const { status, body } = await call(server, place.method, path)
        expect([status, body.code]).toEqual([400, 'invalid_request'])
      }
    },
  )
})

test.for(ofType('boolean'))(
  'a boolean in %s is true or false, and nothing else',
  async ([, place]) => {
    for (const form of [
      '1',
      '0',
      'yes',
      'no',
      'TRUE',
      'True',
      'on',
      '',
      'null',
      'true%20',
      '%20false',
    ]) {
      const answer = await ask(place, form)
      expectRefused(answer, place)
      expect(answer.body.errors[0].detail).toBe('It must be a boolean: true or false.')
    }
    for (const form of ['true', 'false']) {
      expect((await ask(place, form)).body.code).toBe('no_leader')
    }
  },
)

test('a cursor with numbers that Berth never gave is refused', async () => {
  const first = JSON.parse(Buffer.from(await cursorOf('events'), 'base64url').toString())
  for (const forged of ['1e400', '-1', '0.5', '1e20', 'null', '"1"']) {
    const text = JSON.stringify([first[0], 'X', 0]).replace('"X"', forged)
    const cursor = Buffer.from(text).toString('base64url')
    const { status, body } = await get(server, `/v1/events?cursor=${cursor}`)
    expect([status, body.code], forged).toEqual([400, 'invalid_request'])
    expect(body.detail).toContain('was not given by Berth')
  }
})

/** A cursor as a page of events gives it. */
async function cursorOf(list: string): Promise<string> {
  const { encodeCursor } = await import('../../src/api/cursor.js')
  const none = undefined
  return encodeCursor([list, 'newest', none, none, none, none, none], [1, 0])
}

test('text is a whole number in one form alone', () => {
  expect(['0', '7', '10', '9007199254740991'].map(parseWholeNumber)).toEqual([
    ...[0, 7, 10, Number.MAX_SAFE_INTEGER],
  ])
  for (const text of ['', '-1', '01', '1.0', 'Infinity', '9'.repeat(400)]) {
    expect(parseWholeNumber(text)).toBeUndefined()
  }
})
