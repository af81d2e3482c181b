/** What a document says of an operation: to fastify, and to the type checker of its handler. */
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify'

/** An operation to be bound: made of the document by `npm run generate`. */
export interface RouteSource<Id extends string> {
  readonly operationId: Id
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH'
  /** With `:name` for each parameter. */
  readonly url: string
  readonly schema: FastifySchema
}

/** An operation as the generated types have it. */
interface Operation {
  readonly parameters: object
  readonly responses: object
}

type Part<Op extends Operation, Place extends string> = Op['parameters'] extends {
  readonly [K in Place]: infer P
}
  ? P
  : Op['parameters'] extends { readonly [K in Place]?: infer P }
    ? NonNullable<P>
    : unknown

/** The validators fill in what has a default. */
type Filled<Query, Defaulted extends string> = Query & {
  readonly [K in keyof Query & Defaulted]-?: Exclude<Query[K], undefined>
}

/** Header names arrive in lower case. */
type LowerCased<T> = { readonly [K in keyof T as K extends string ? Lowercase<K> : never]?: T[K] }

type Body<Op extends Operation> = Op extends {
  requestBody: { content: { 'application/json': infer B } }
}
  ? B
  : Op extends { requestBody?: { content: { 'application/json': infer B } } }
    ? B | undefined
    : undefined

/**
 * A request as the validators let it through: coerced, with the defaults of the document.
 * `Defaulted`: query names that have a default in it.
 */
export type OperationRequest<Op extends Operation, Defaulted extends string> = FastifyRequest<{
  Params: Part<Op, 'path'>
  Querystring: Filled<Part<Op, 'query'>, Defaulted>
  Headers: LowerCased<Part<Op, 'header'>>
  Body: Body<Op>
}>

type Content<Op extends Operation> = Op['responses'] extends { 200: { content: infer C } }
  ? C[keyof C]
  : never

/** Gives the body of a 200, or answers by itself and gives the reply. */
export type OperationHandler<Op extends Operation, Defaulted extends string> = (
  request: OperationRequest<Op, Defaulted>,
  reply: FastifyReply,
) => Promise<Content<Op> | FastifyReply>

/** Handlers of operations by their ids. */
export type OperationHandlers<
  Operations extends { readonly [K in Id]: Operation },
  Id extends keyof Operations,
  Defaulted extends string,
> = { readonly [K in Id]: OperationHandler<Operations[K], Defaulted> }
