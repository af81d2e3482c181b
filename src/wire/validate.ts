/**
 * Checks of everything that arrives from outside against the schemas of asyncapi.yaml. Every edge
 * validates with these; the inside trusts. Fields that are not known are taken out of the value, so
 * that nothing further in carries, counts or hashes what it does not know.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { BerthError } from '../errors/berth-error.js'
import { addressKeyword } from './address.js'
import { closed } from './closed.js'
import { compileLater } from './compile-later.js'
import { formInWords } from './form-words.js'
import { maxBytesKeyword, maxTotalBytesKeyword } from './max-bytes.js'
import type { HostMessage, Order, Pulse, ReplicaMessage, TableAnswer } from './messages.js'
import { rangeKeyword } from './range-keyword.js'
import { schemas } from './schemas.generated.js'
import { wellFormed, wellFormedKeyword } from './well-formed.js'

/**
 * Checks an unknown value, and takes unknown fields out of it.
 * @throws BerthError `invalid_message` that names the field
 */
export type Check<T> = (value: unknown) => T

export interface Checks {
  readonly hostMessage: Check<HostMessage>
  readonly replicaMessage: Check<ReplicaMessage>
  readonly order: Check<Order>
  readonly pulse: Check<Pulse>
  readonly get: Check<Extract<HostMessage, { kind: 'get' }>>
  readonly tableAnswer: Check<TableAnswer>
  /** The name of a namespace, where it does not come in a message. */
  readonly namespace: Check<string>
}

const hostMessages = {
  hello: 'Hello',
  heartbeat: 'Heartbeat',
  leave: 'Leave',
  bye: 'Bye',
  fenced: 'Fenced',
  get: 'Get',
  types: 'Types',
}
const orders = { lock: 'Lock', update: 'Update', unlock: 'Unlock', beacon: 'Beacon' }
const replicaMessages = {
  ...orders,
  welcome: 'Welcome',
  waiting: 'Waiting',
  answer: 'Answer',
  refused: 'Refused',
  fence: 'Fence',
  left: 'Left',
  leader: 'Leader',
  registry: 'RegistryChanged',
  table: 'TableAnswer',
  types_taken: 'TypesTaken',
  types_waiting: 'TypesWaiting',
  go_elsewhere: 'GoElsewhere',
  error: 'Failure',
}

export interface WireAjvOptions {
  /** Holds schemas to their own schema, which takes long. Default: they are taken to be right. */
  readonly validateSchema?: boolean
  /** Of values that are checked. Default: taken out, for a later version says more. */
  readonly unknownFields?: 'taken out' | 'refused'
}

/** A compiler that knows the schemas of asyncapi.yaml as `berth#/components/schemas/…`. */
export function createWireAjv(options: WireAjvOptions = {}): Ajv2020 {
  const { validateSchema = false, unknownFields = 'taken out' } = options
  const own = { strict: false, allErrors: false, discriminator: true, verbose: true }
  // `closed` says which fields there are.
  const removeAdditional = unknownFields === 'taken out'
  const ajv = new Ajv2020({ ...own, removeAdditional, validateSchema })
  ajv.addKeyword(addressKeyword)
  ajv.addKeyword(maxBytesKeyword)
  ajv.addKeyword(maxTotalBytesKeyword)
  ajv.addKeyword(rangeKeyword)
  ajv.addKeyword(wellFormedKeyword)
  ajv.addSchema({ $id: 'berth', components: { schemas: closed(wellFormed(schemas)) } })
  return ajv
}

/** Each check is compiled at its first message, which takes some milliseconds: once a process. */
export function createChecks(options: Pick<WireAjvOptions, 'unknownFields'> = {}): Checks {
  const ajv = createWireAjv(options)
  const byKind = <T>(names: Readonly<Record<string, string>>): Check<T> => {
    const validators = new Map(
      Object.entries(names).map(([kind, name]) => [
        kind,
        compileLater(ajv, { $ref: `berth#/components/schemas/${name}` }),
      ]),
    )
    return (value) => checkByKind(validators, value) as T
  }
  const isNamespace = compileLater(ajv, { $ref: 'berth#/components/schemas/Namespace' })
  return {
    hostMessage: byKind(hostMessages),
    replicaMessage: byKind(replicaMessages),
    order: byKind(orders),
    pulse: byKind({ pulse: 'Pulse' }),
    get: byKind({ get: 'Get' }),
    tableAnswer: byKind({ table: 'TableAnswer' }),
    namespace: (value) => {
      const validate = isNamespace()
      if (validate(value)) return value as string
      const fault = describe(validate.errors?.[0])
      throw new BerthError('invalid_message', `The name of a namespace: ${fault}`)
    },
  }
}

function checkByKind(
  validators: ReadonlyMap<string, () => ValidateFunction>,
  value: unknown,
): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BerthError('invalid_message', 'The message must be an object with a "kind".')
  }
  const { kind } = value as { kind?: unknown }
  const validate = validators.get(kind as string)?.()
  if (validate === undefined) {
    const known = [...validators.keys()].join(', ')
    throw new BerthError('invalid_message', `"kind" must be one of: ${known}.`)
  }
  if (!validate(value)) {
    throw new BerthError('invalid_message', `${String(kind)}: ${describe(validate.errors?.[0])}`)
  }
  return value
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return 'is not valid.'
  const where = error.instancePath === '' ? 'the message' : error.instancePath.slice(1)
  switch (error.keyword) {
    case 'pattern':
    case 'x-address':
      return `${where} has not the form ${formInWords(error)}.`
    case 'additionalProperties':
      return `${where} has the unknown field "${error.params.additionalProperty}".`
    default:
      return `${where} ${error.message ?? 'is not valid'}.`
  }
}
