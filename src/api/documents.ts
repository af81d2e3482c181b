/** The two contracts, as the package's root has them. */
import type { OpenapiDocument } from '../rest/documents.js'
import { asyncapi, openapi } from './documents.generated.js'

export interface Documents {
  readonly openapi: OpenapiDocument
  readonly asyncapi: object
}

export const documents: Documents = { openapi: openapi as OpenapiDocument, asyncapi }
