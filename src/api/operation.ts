/** What openapi.yaml says of an operation: to fastify, and to the type checker of its handler. */
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import type { operations } from './openapi.generated.js'

export type OperationId = keyof operations

export interface RouteSource {
  readonly operationId: OperationId
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH'
  /** With `:name` for each parameter. */
  readonly url: string
  readonly schema: FastifySchema
}

type Parameters<Id extends OperationId> = operations[Id]['parameters']

type Part<Id extends OperationId, Place extends string> =
  Parameters<Id> extends { readonly [K in Place]: infer P }
    ? P
    : Parameters<Id> extends { readonly [K in Place]?: infer P }
      ? NonNullable<P>
      : unknown

/** Query names that have a default in the file, so that the validators fill them in. */
type Defaulted = 'consistency' | 'limit' | 'forward' | 'order' | 'refuseMs'
type Filled<Q> = Q & { readonly [K in keyof Q & Defaulted]-?: Exclude<Q[K], undefined> }

/** Header names arrive in lower case. */
type LowerCased<T> = { readonly [K in keyof T as K extends string ? Lowercase<K> : never]?: T[K] }

type Body<Id extends OperationId> = operations[Id] extends {
  requestBody: { content: { 'application/json': infer B } }
}
  ? B
  : operations[Id] extends { requestBody?: { content: { 'application/json': infer B } } }
    ? B | undefined
    : undefined

/** A request as the validators let it through: coerced, with the defaults of the file. */
export type ApiRequest<Id extends OperationId> = FastifyRequest<{
  Params: Part<Id, 'path'>
  Querystring: Filled<Part<Id, 'query'>>
  Headers: LowerCased<Part<Id, 'header'>>
  Body: Body<Id>
}>

type Content<Id extends OperationId> = operations[Id]['responses'] extends {
  200: { content: infer C }
}
  ? C[keyof C]
  : never

/** Gives the body of a 200, or answers by itself and gives the reply. */
export type Handler<Id extends OperationId> = (
  request: ApiRequest<Id>,
  reply: FastifyReply,
) => Promise<Content<Id> | FastifyReply>

export type Handlers<Id extends OperationId = OperationId> = { readonly [K in Id]: Handler<K> }
