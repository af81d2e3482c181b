/**
 * Whether an answer is one of those that openapi.yaml and docs/errors.md give: status, content
 * type, form of the body, code of the problem, and the headers that go with them.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { catalogue, type ErrorCode } from '../../../src/errors/catalogue.js'
import { addressKeyword, peerAddressKeyword } from '../../../src/wire/address.js'
import { maxBytesKeyword, maxTotalBytesKeyword } from '../../../src/wire/max-bytes.js'
import { wellFormed, wellFormedKeyword } from '../../../src/wire/well-formed.js'
import type { Schema, Tree } from '../generator/schema.js'
import type { HttpAnswer } from './http-answers.js'
import type { Operation } from './operations.js'

/** What is known of the request that is answered. */
export interface Asked {
  readonly method: string
  readonly target: string
  /** Nothing: whatever bytes they were, some operation's answer it must be. */
  readonly isLegible: boolean
}

const problemType = 'application/problem+json'
const shownUnits = 300
const jsonType = /^application\/(problem\+)?json; charset=utf-8$|^application\/problem\+json$/

export class AnswerJudge {
  readonly #operations: readonly Operation[]
  readonly #common: ReadonlySet<string>
  readonly #all: ReadonlySet<string>
  readonly #ajv: Ajv2020
  readonly #validators = new Map<string, ValidateFunction>()

  constructor(document: Tree, operations: readonly Operation[], common: readonly string[]) {
    this.#operations = operations
    this.#common = new Set([...common, 'not_found'])
    const all = operations.flatMap(({ problems }) => [...problems])
    this.#all = new Set([...this.#common, ...all, 'upgrade_required'])
    this.#ajv = new Ajv2020({ strict: false, validateSchema: false })
    this.#ajv.addKeyword(addressKeyword)
    this.#ajv.addKeyword(peerAddressKeyword)
    for (const keyword of [maxBytesKeyword, maxTotalBytesKeyword, wellFormedKeyword]) {
      this.#ajv.addKeyword(keyword)
    }
    const components = wellFormed(document.components)
    this.#ajv.addSchema({ $id: 'doc', components } as object)
  }

  operationOf({ method, target, isLegible }: Asked): Operation | null {
    if (!isLegible) return null
    const path = target.split('?', 1)[0] ?? ''
    const asked = method === 'HEAD' ? 'GET' : method
    return this.#operations.find((one) => one.method === asked && one.pattern.test(path)) ?? null
  }

  /** @returns what is wrong; null for nothing */
  judge(asked: Asked, answer: HttpAnswer): string | null {
    const wrong = this.#wrongWith(asked, answer)
    if (wrong === null) return null
    const body = answer.body.toString().slice(0, shownUnits)
    const shown = `${asked.method} ${asked.target.slice(0, shownUnits)}`
    return `${wrong}: ${shown} -> ${answer.status} ${body}`
  }

  #wrongWith(asked: Asked, answer: HttpAnswer): string | null {
    const operation = this.operationOf(asked)
    const { status, headers, body } = answer
    if (status === 101) return 'a change of protocols that nobody asked for'
    if (status >= 400) return this.#problem(asked, operation, answer)
    if (status === 304) return headers.has('etag') ? null : '304 without an ETag'
    if (operation === null) return asked.isLegible ? 'an answer without an operation' : null
    const documented = operation.answers.get(status)
    if (documented === undefined) return 'an undocumented status'
    if (documented === null) return body.length === 0 ? null : 'an undocumented body'
    const [type, schema] = documented
    if (headers.get('content-type')?.split(';', 1)[0] !== type) return 'another content type'
    if (asked.method === 'HEAD' || type !== 'application/json') return null
    return this.#form(`${operation.id} ${status}`, schema, body)
  }

  #problem(asked: Asked, operation: Operation | null, answer: HttpAnswer): string | null {
    const { status, headers, body } = answer
    const type = headers.get('content-type') ?? ''
    if (!type.startsWith(problemType) || !jsonType.test(type)) return 'no problem details'
    if (status === 405 && !headers.has('allow')) return '405 without Allow'
    if (asked.method === 'HEAD' || body.length === 0) {
      return asked.method === 'HEAD' || !asked.isLegible ? null : 'a problem without a body'
    }
    const wrong = this.#form('problem', { $ref: '#/components/schemas/Problem' }, body)
    if (wrong !== null) return wrong
    const problem = JSON.parse(body.toString()) as { code: ErrorCode; status: number }
    const known = catalogue[problem.code] as { status: number } | undefined
    if (known?.status !== status || problem.status !== status) return 'another status than its code'
    const allowed = operation?.problems ?? (asked.isLegible ? this.#common : this.#all)
    const isHost = asked.target.split('?', 1)[0] === '/v1/host'
    if (allowed.has(problem.code) || (isHost && problem.code === 'upgrade_required')) return null
    return `a problem that is not of ${operation?.id ?? 'no operation'}`
  }

  #form(key: string, schema: Schema, body: Buffer): string | null {
    let validate = this.#validators.get(key)
    if (validate === undefined) {
      const text = JSON.stringify(wellFormed(schema)).replaceAll('"#/', '"doc#/')
      validate = this.#ajv.compile(JSON.parse(text) as object)
      this.#validators.set(key, validate)
    }
    try {
      if (validate(JSON.parse(body.toString()))) return null
    } catch {
      return 'a body that is not JSON'
    }
    return `a body of another form (${JSON.stringify(validate.errors?.[0])})`
  }
}
