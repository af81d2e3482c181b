/**
 * A client that holds the server to openapi.yaml: a problem must have one of the codes that the
 * file lists for the operation, and the status that the catalogue gives to it.
 */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { catalogue, type ErrorCode } from '../../../src/errors/catalogue.js'
import type { ApiServer } from './api-server.js'

interface Operation {
  readonly operationId: string
  readonly 'x-problems'?: readonly string[]
}

export const openapi = parse(
  readFileSync(new URL('../../../openapi.yaml', import.meta.url), 'utf8'),
) as {
  readonly 'x-problems': readonly string[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is the test's to say
  readonly body: any
}

export interface Call {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown
}

export async function call(
  server: ApiServer,
  method: string,
  path: string,
  { headers = {}, body }: Call = {},
): Promise<Answer> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(server.url + path, {
    method,
    headers: { ...json, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  const parsed = isJson && text !== '' ? JSON.parse(text) : text
  const answer = { status: response.status, headers: response.headers, body: parsed }
  if (answer.status >= 400 && method !== 'HEAD') checkProblem(method, path, answer)
  return answer
}

export const get = (server: ApiServer, path: string, headers: Call['headers'] = {}) =>
  call(server, 'GET', path, { headers })

/** A failed answer is a problem that the contract foresees. */
export function checkProblem(
  method: string,
  path: string,
  { status, headers, body }: Answer,
): void {
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
  const { code, detail } = body as { code: ErrorCode; detail: string }
  expect(Object.keys(catalogue)).toContain(code)
  expect(body).toMatchObject({
    type: `urn:berth:error:${code}`,
    title: catalogue[code].title,
    status,
    retryable: catalogue[code].retryable,
  })
  expect(status).toBe(catalogue[code].status)
  expect(detail.length).toBeGreaterThan(10)
  const operation = operationAt(method, path)
  if (operation === undefined) return
  expect([...openapi['x-problems'], ...(operation['x-problems'] ?? [])]).toContain(code)
}

function operationAt(method: string, path: string): Operation | undefined {
  const plain = path.split('?')[0] ?? ''
  const template = Object.keys(openapi.paths).find((candidate) =>
    new RegExp(`^${candidate.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(plain),
  )
  return template === undefined ? undefined : openapi.paths[template]?.[method.toLowerCase()]
}
