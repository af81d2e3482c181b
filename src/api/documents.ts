/** The two contracts, read from the package's root once, at the start. */
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

/** The parts of openapi.yaml that the code looks at. */
export interface OpenapiDocument {
  readonly info: { readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenapiOperation>>>>
}

export interface OpenapiOperation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly requestBody?: { readonly required?: boolean }
}

export interface Documents {
  readonly openapi: OpenapiDocument
  readonly asyncapi: object
}

/** The root is two folders up from here, in `src` as in `dist`. */
const root = new URL('../../', import.meta.url)

export async function readDocuments(): Promise<Documents> {
  const [openapi, asyncapi] = await Promise.all([read('openapi.yaml'), read('asyncapi.yaml')])
  return { openapi: openapi as OpenapiDocument, asyncapi }
}

async function read(name: string): Promise<object> {
  // Aliases of YAML become shared objects; a copy through JSON makes them trees again.
  return JSON.parse(JSON.stringify(parse(await readFile(new URL(name, root), 'utf8'))))
}

/** Methods under the keys of a path item, in capitals; the other keys are no methods. */
export const methodKeys = ['get', 'put', 'post', 'delete', 'patch'] as const

/** Each operation with its method (in capitals) and path template. */
export function operationsOf(document: OpenapiDocument): readonly {
  readonly method: string
  readonly template: string
  readonly operation: OpenapiOperation
}[] {
  return Object.entries(document.paths).flatMap(([template, item]) =>
    methodKeys.flatMap((key) => {
      const operation = item[key]
      return operation === undefined ? [] : [{ method: key.toUpperCase(), template, operation }]
    }),
  )
}
