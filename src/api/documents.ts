/** The two contracts, as the package's root has them. */
import { asyncapi, openapi } from './documents.generated.js'

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

export const documents: Documents = { openapi: openapi as OpenapiDocument, asyncapi }

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
