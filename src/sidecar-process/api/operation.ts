/** What sidecar.openapi.yaml says of an operation, to the type checker of its handler. */
import type { OperationHandlers } from '../../rest/operation.js'
import type { operations } from './openapi.generated.js'

/** Calls are passed on to applications: they have no handler. */
export type OperationId = Exclude<keyof operations, `call${string}`>

/** Query names that have a default in the file, so that the validators fill them in. */
type Defaulted = 'timeout'

export type Handlers<Id extends OperationId = OperationId> = OperationHandlers<
  operations,
  Id,
  Defaulted
>
