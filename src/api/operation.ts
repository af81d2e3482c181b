/** What openapi.yaml says of an operation, to the type checker of its handler. */
import type { OperationHandlers } from '../rest/operation.js'
import type { operations } from './openapi.generated.js'

export type OperationId = keyof operations

/** Query names that have a default in the file, so that the validators fill them in. */
type Defaulted = 'consistency' | 'limit' | 'forward' | 'order' | 'refuseMs'

export type Handlers<Id extends OperationId = OperationId> = OperationHandlers<
  operations,
  Id,
  Defaulted
>
