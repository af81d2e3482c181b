/**
 * Checks of what replicas and hosts say, to the letter of asyncapi.yaml: a field that it does not
 * have is refused, at every depth. Who receives a message takes such a field out and goes on, so no
 * other check can tell that too much was said. They leave the value as it is.
 */
import type { Order, Pulse } from '../../src/wire/messages.js'
import { type Check, createChecks } from '../../src/wire/validate.js'

const checks = createChecks({ unknownFields: 'refused' })

/**
 * A fault is an Error of no kind that the product knows: whoever says what is wrong is broken, and
 * nothing on the way may take it for bad input.
 */
function exactly<T>(check: Check<T>): Check<T> {
  return (value) => {
    try {
      return check(value)
    } catch (error) {
      throw new Error(`not as asyncapi.yaml says: ${(error as Error).message}`)
    }
  }
}

/** Each throws an Error that names the field. */
export const exact = {
  hostMessage: exactly(checks.hostMessage),
  replicaMessage: exactly(checks.replicaMessage),
  /** What a leader publishes on NATS. */
  published: exactly<Order | Pulse>((value) =>
    (value as Order | Pulse).kind === 'pulse' ? checks.pulse(value) : checks.order(value),
  ),
  get: exactly(checks.get),
  tableAnswer: exactly(checks.tableAnswer),
}
