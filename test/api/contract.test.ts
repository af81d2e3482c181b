import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { documents } from '../../src/api/documents.js'
import { closeCodes } from '../../src/api/door/host-connection.js'
import type { ClusterStatus } from '../../src/api/replica-port.js'
import { catalogue } from '../../src/errors/catalogue.js'
import { settingsTable } from '../../src/replica/settings/settings-table.js'
import { operationsOf } from '../../src/rest/documents.js'
import { createRestAjv } from '../../src/rest/validation.js'
import { createWireAjv } from '../../src/wire/validate.js'
import { get, openapi } from './support/api-client.js'
import { startApi } from './support/api-server.js'
import { TestReplica } from './support/test-replica.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const contract = parse(readFileSync(`${root}openapi.yaml`, 'utf8'))
const asyncapi = parse(readFileSync(`${root}asyncapi.yaml`, 'utf8'))

interface Parameter {
  readonly name: string
  readonly schema: { readonly default?: unknown }
}

test('the generated types are those of the contracts', () => {
  const { status, stdout } = spawnSync(process.execPath, ['scripts/generate.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(stdout).toBe('')
  expect(status).toBe(0)
})

test('a replica that may be added is one that can be started', () => {
  const { minimum, maximum } = contract.components.schemas.ReplicaId
  const { parse: read } = settingsTable.id.kind
  expect([minimum, maximum].map((id) => read(String(id)))).toEqual([minimum, maximum])
  expect([minimum - 1, maximum + 1].map((id) => read(String(id)))).toEqual([undefined, undefined])
})

test('every problem that the contract names is in the catalogue', () => {
  for (const { 'x-problems': codes = [] } of Object.values(openapi.paths).flatMap((item) =>
    Object.values(item),
  )) {
    for (const code of codes) expect(Object.keys(catalogue)).toContain(code)
  }
  for (const code of openapi['x-problems']) expect(Object.keys(catalogue)).toContain(code)
})

test('what writes says that a body of another type is refused', async () => {
  const { openapi: document } = documents
  for (const { method, operation } of operationsOf(document)) {
    const { operationId, 'x-problems': codes = [] } = operation as typeof operation & {
      'x-problems'?: readonly string[]
    }
    const isNamed = codes.includes('unsupported_media_type')
    expect([operationId, isNamed]).toEqual([operationId, method !== 'GET'])
  }
})

test('every integer of both contracts has bounds that a number holds exactly', () => {
  const bounds: unknown[] = []
  const look = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return
    const { type, minimum, maximum } = part as Record<string, unknown>
    if ([type].flat().includes('integer')) bounds.push([minimum, maximum])
    for (const inner of Object.values(part)) look(inner)
  }
  look([contract, asyncapi])
  expect(bounds.length).toBeGreaterThan(30)
  for (const pair of bounds) expect(pair).toEqual([expect.any(Number), expect.any(Number)])
  for (const bound of bounds.flat()) expect(Number.isSafeInteger(bound)).toBe(true)
})

test('every pattern of both contracts is said in words beside it', () => {
  const wordless: unknown[] = []
  let patterns = 0
  const look = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return
    const { pattern, 'x-form': form } = part as Record<string, unknown>
    if (typeof pattern === 'string') patterns += 1
    if (typeof pattern === 'string' && typeof form !== 'string') wordless.push(pattern)
    for (const inner of Object.values(part)) look(inner)
  }
  look([contract, asyncapi])
  expect(patterns).toBeGreaterThan(15)
  expect(wordless).toEqual([])
})

test('every operation has an id, a summary and a tag of its own', async () => {
  const { openapi: document } = documents
  const operations = operationsOf(document)
  const ids = operations.map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  for (const { operation } of operations) {
    expect(operation.summary.length).toBeGreaterThan(10)
    expect(operation.tags).toHaveLength(1)
  }
})

test('words that REST and WebSocket share mean the same in both', () => {
  const { schemas } = asyncapi.components
  for (const [name, rule] of [
    ['Namespace', 'pattern'],
    ['HostName', 'pattern'],
    ['HostName', 'maxLength'],
    ['HostAddress', 'pattern'],
    ['HostAddress', 'x-address'],
    ['Lineage', 'pattern'],
    ['Digest', 'pattern'],
    ['AppId', 'x-max-bytes'],
    ['ActorType', 'x-max-bytes'],
    ['Generation', 'maximum'],
  ] as const) {
    const here = openapi.components.schemas[name] as Record<string, unknown>
    expect(here[rule]).toBeDefined()
    expect(here[rule]).toBe(schemas[name][rule])
  }
})

test('the query names that handlers rely on have a default in the contract', () => {
  // As `Defaulted` in src/api/operation.ts.
  const names = ['consistency', 'limit', 'forward', 'order', 'refuseMs']
  const { parameters } = openapi.components as unknown as { parameters: Record<string, Parameter> }
  const inline = Object.values(openapi.paths).flatMap((item) =>
    Object.values(item).flatMap(
      (operation) => (operation as { parameters?: Parameter[] }).parameters ?? [],
    ),
  )
  const withDefault = [...Object.values(parameters), ...inline]
    .filter(({ schema }) => schema?.default !== undefined)
    .map(({ name }) => name)
  expect(new Set(withDefault)).toEqual(new Set(names))
})

test('every schema of the contracts is one, and compiles', () => {
  const wire = createWireAjv({ validateSchema: true })
  for (const name of Object.keys(asyncapi.components.schemas)) {
    expect(wire.compile({ $ref: `berth#/components/schemas/${name}` })).toBeTypeOf('function')
  }
  const api = createRestAjv({ validateSchema: true })
  api.addVocabulary(['components'])
  api.addSchema({ $id: 'openapi', components: openapi.components })
  for (const name of Object.keys(openapi.components.schemas)) {
    expect(api.compile({ $ref: `openapi#/components/schemas/${name}` })).toBeTypeOf('function')
  }
})

test('every close code of the door is documented', () => {
  const { description } = asyncapi.channels.host
  for (const code of Object.values(closeCodes)) expect(description).toContain(String(code))
})

test('an answer that does not fit the contract is a bug: 500, and logged', async () => {
  const replica = await TestReplica.create()
  const status: ClusterStatus = { ...replica.cluster(), term: -1 }
  const server = await startApi({
    ...portOf(replica),
    cluster: () => status,
  })
  const answer = await get(server, '/v1/cluster')
  await server.app.close()
  expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } })
  expect(server.logs.map(({ msg }) => msg)).toContain('the response does not fit openapi.yaml')
})

function portOf(replica: TestReplica) {
  return {
    read: replica.read.bind(replica),
    view: replica.view.bind(replica),
    request: replica.request.bind(replica),
    events: replica.events.bind(replica),
    rounds: replica.rounds.bind(replica),
    wallMs: replica.wallMs.bind(replica),
    knownLeader: replica.knownLeader.bind(replica),
    health: replica.health.bind(replica),
    openSession: replica.openSession.bind(replica),
  }
}
