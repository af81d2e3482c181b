/** Binds the operations of a document to their handlers, and holds both sides to what it says. */
import type { FastifyInstance, RouteHandlerMethod } from 'fastify'
import type { Logger } from 'pino'
import type { DescribedOperation, OpenapiOperation } from './documents.js'
import type { RouteSource } from './operation.js'
import { createSchemaCompilers, tightenSchema } from './validation.js'

/** Longest part of a path: an actor id of 1 KiB, every byte percent-encoded, with some room. */
export const pathPartLengthMax = 4_096

export interface OperationBinding<Id extends string> {
  readonly routes: readonly RouteSource<Id>[]
  readonly operations: readonly DescribedOperation[]
  /** One for each route; what it takes and gives is the type checker's to say. */
  readonly handlers: Readonly<Record<Id, unknown>>
  /** File name of the document, for the log. */
  readonly document: string
  readonly log: Pick<Logger, 'error'>
}

export function bindOperations<Id extends string>(
  app: FastifyInstance,
  { routes, operations, handlers, document, log }: OperationBinding<Id>,
): void {
  const compilers = createSchemaCompilers(log, document)
  app.setValidatorCompiler(compilers.request)
  app.setSerializerCompiler(compilers.response)
  const bodies = new Map(operations.map(({ operation: of }) => [of.operationId, bodyOf(of)]))
  for (const { operationId, method, url, schema: source } of routes) {
    const schema = structuredClone(source)
    tightenSchema(schema, method === 'GET' ? 'impossible' : (bodies.get(operationId) ?? 'none'))
    const handler = handlers[operationId] as RouteHandlerMethod
    app.route({ method, url, schema, handler, config: { operationId } })
  }
}

function bodyOf({ requestBody }: OpenapiOperation): 'none' | 'optional' | 'required' {
  if (requestBody === undefined) return 'none'
  return requestBody.required === true ? 'required' : 'optional'
}
