/**
 * Holds answers to sidecar.openapi.yaml: the body to its schema, the code of a problem to those
 * that the operation names, its status to the catalogue. Keeps what it has seen.
 */
import { readFileSync } from 'node:fs'
import type { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { catalogue, type ErrorCode } from '../../../../src/errors/catalogue.js'
import { createRestAjv } from '../../../../src/rest/validation.js'
import type { Asked } from '../../../calls/http/support/ask.js'

interface Content {
  readonly schema: object
}

interface Described {
  readonly description: string
  readonly content?: Readonly<Record<string, Content>>
}

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly 'x-problems'?: readonly string[]
  readonly responses: Readonly<Record<string, Described | { readonly $ref: string }>>
}

export const document = parse(
  readFileSync(new URL('../../../../sidecar.openapi.yaml', import.meta.url), 'utf8'),
) as {
  readonly info: { readonly description: string }
  readonly 'x-problems': readonly string[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>
    readonly responses: Readonly<Record<string, Described>>
  }
}

const methods = ['get', 'head', 'put', 'post', 'delete', 'patch', 'options']

/** Each operation with its method, in capitals, and path. */
export const operations = Object.entries(document.paths).flatMap(([template, item]) =>
  methods.flatMap((key) => {
    const operation = item[key]
    return operation === undefined ? [] : [{ method: key.toUpperCase(), template, operation }]
  }),
)

export const isCall = ({ operationId }: Operation) => operationId.startsWith('call')

export class Contract {
  /** `operationId status` and `operationId code`, of all that was answered. */
  readonly seen = new Set<string>()
  readonly #ajv: Ajv2020 = createRestAjv({ validateSchema: true })

  constructor() {
    this.#ajv.addVocabulary(['components'])
    this.#ajv.addSchema({ $id: 'sidecar', components: document.components })
  }

  /** @param id of the operation; undefined for a path or method that is none */
  check(id: string | undefined, method: string, answer: Asked): Asked {
    const { status, headers, body } = answer
    const operation = operations.find(({ operation: one }) => one.operationId === id)?.operation
    const type = headers['content-type'] ?? ''
    const isOurs = type.startsWith('application/problem+json')
    if (method !== 'HEAD' && isOurs) this.#problem(operation, answer)
    else if (method !== 'HEAD' && operation !== undefined && !isCall(operation)) {
      const described = contentOf(operation, status)[type.split(';')[0] ?? '']
      expect([id, status, type, described]).toEqual([id, status, type, expect.any(Object)])
      const value = type.startsWith('application/json') ? JSON.parse(body) : body
      this.#fits(described?.schema ?? {}, value)
    }
    this.seen.add(`${id} ${status}`)
    return answer
  }

  #problem(operation: Operation | undefined, { status, headers, body }: Asked): void {
    const problem = JSON.parse(body) as { code: ErrorCode; detail: string }
    const { code } = problem
    const ref = operation !== undefined && isCall(operation) ? 'CallProblem' : 'Problem'
    this.#fits({ $ref: `#/components/schemas/${ref}` }, problem)
    expect(Object.keys(catalogue)).toContain(code)
    const { title, retryable } = catalogue[code]
    expect(problem).toMatchObject({ type: `urn:berth:error:${code}`, title, status, retryable })
    expect(status).toBe(catalogue[code].status)
    expect(problem.detail.length).toBeGreaterThan(10)
    if (status === 503) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1)
    const named = [...document['x-problems'], ...(operation?.['x-problems'] ?? [])]
    if (operation !== undefined)
      expect([operation.operationId, named]).toContainEqual(expect.arrayContaining([code]))
    this.seen.add(`${operation?.operationId} ${code}`)
  }

  #fits(schema: object, value: unknown): void {
    const rooted = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"sidecar#/'))
    const validate = this.#ajv.compile(rooted)
    validate(value)
    expect(validate.errors ?? []).toEqual([])
  }
}

function contentOf({ responses }: Operation, status: number): Readonly<Record<string, Content>> {
  const found = responses[String(status)] ?? responses.default
  if (found === undefined) return {}
  if (!('$ref' in found)) return found.content ?? {}
  const name = found.$ref.split('/').at(-1) ?? ''
  return document.components.responses[name]?.content ?? {}
}
