/** The operations of openapi.yaml, as a fuzzer looks at them. */
import type { Schema, Tree } from '../generator/schema.js'
import type { Values } from '../generator/values.js'

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: Schema
}

export interface Operation {
  readonly id: string
  /** In capitals. */
  readonly method: string
  readonly template: string
  /** Of the path, and nothing else. */
  readonly pattern: RegExp
  readonly parameters: readonly Parameter[]
  readonly body: { readonly required: boolean; readonly schema: Schema } | null
  /** By status: content type and schema; null for an answer without a body. */
  readonly answers: ReadonlyMap<number, readonly [type: string, schema: Schema] | null>
  /** Codes of problems that it may give, those of the whole document among them. */
  readonly problems: ReadonlySet<string>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly 'x-problems': readonly string[]
}

type Raw = Readonly<Record<string, unknown>>
const methods = ['get', 'put', 'post', 'delete', 'patch']

/** Codes that any request may be answered with. */
export function commonProblems(document: Tree): readonly string[] {
  return (document as unknown as Document)['x-problems']
}

export function readOperations(document: Tree, { schemas }: Values): readonly Operation[] {
  const follow = (value: unknown): Raw => {
    const { $ref } = value as { $ref?: string }
    return ($ref === undefined ? value : schemas.at($ref)) as Raw
  }
  const parametersOf = (raw: Raw) =>
    ((raw.parameters ?? []) as unknown[]).map(follow).map(
      (parameter) =>
        ({
          ...{ name: parameter.name, in: parameter.in, schema: parameter.schema },
          required: parameter.required === true,
        }) as Parameter,
    )
  return Object.entries((document as unknown as Document).paths).flatMap(([template, item]) =>
    methods
      .filter((method) => method in item)
      .map((method) => {
        const raw = item[method] as Raw
        return {
          id: String(raw.operationId),
          method: method.toUpperCase(),
          template,
          pattern: patternOf(template),
          parameters: [...parametersOf(item), ...parametersOf(raw)],
          body: bodyOf(raw),
          answers: answersOf(raw, follow),
          problems: new Set([
            ...commonProblems(document),
            ...((raw['x-problems'] ?? []) as readonly string[]),
          ]),
        }
      }),
  )
}

export function patternOf(template: string): RegExp {
  const escaped = template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]*')
  return new RegExp(`^${escaped}$`)
}

function bodyOf({ requestBody }: Raw): Operation['body'] {
  if (requestBody === undefined) return null
  const { required, content } = requestBody as {
    required?: boolean
    content: Readonly<Record<string, { schema: Schema }>>
  }
  return { required: required === true, schema: content['application/json']!.schema }
}

function answersOf({ responses }: Raw, follow: (value: unknown) => Raw): Operation['answers'] {
  const answers = new Map<number, readonly [string, Schema] | null>()
  for (const [status, response] of Object.entries(responses as Raw)) {
    if (status === 'default') continue
    const { content } = follow(response) as {
      content?: Readonly<Record<string, { schema: Schema }>>
    }
    const [only] = Object.entries(content ?? {})
    answers.set(Number(status), only === undefined ? null : [only[0], only[1].schema])
  }
  return answers
}
