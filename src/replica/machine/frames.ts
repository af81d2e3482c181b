/**
 * What replicas say to one another beside Raft: host sessions (relay), requests of operators that
 * the leader decides, and what each shows of itself. They travel on the same links; `kind` tells
 * them from the frames of the node. A frame is checked before anything acts on it, and what this
 * version does not know is taken out.
 */
import type { ErrorObject } from 'ajv/dist/2020.js'
import { BerthError } from '../../errors/berth-error.js'
import type { Downstream, Upstream } from '../../hosts/relay-message.js'
import type { VersionRange } from '../../versions/versions.js'
import { closed } from '../../wire/closed.js'
import { compileLater } from '../../wire/compile-later.js'
import { createWireAjv } from '../../wire/validate.js'
import { wellFormed } from '../../wire/well-formed.js'
import type { RequestFrame, ResponseFrame } from '../requests/requests.js'

/** To the leader of `term`, from a replica that holds sessions. */
export interface RelayUp {
  readonly kind: 'relay-up'
  readonly term: number
  readonly messages: readonly Upstream[]
}

/** From the leader of `term`. */
export interface RelayDown {
  readonly kind: 'relay-down'
  readonly term: number
  readonly messages: readonly Downstream[]
}

/** What a replica shows of itself, every second, and with its last word. */
export interface StatusFrame {
  readonly kind: 'status'
  readonly status: ReplicaShown
}

export interface ReplicaShown {
  readonly role: string
  readonly term: number
  readonly commit: number
  readonly applied: number
  readonly digest: string
  /** Why it has stopped by itself, as an error code; null while it runs. */
  readonly stopped: string | null
  /** Of its build, for people. */
  readonly version: string
  /** Feature levels that it knows. */
  readonly levels: VersionRange
  readonly postgres: {
    readonly writable: boolean
    readonly version: string | null
    readonly commitMs: number | null
  }
}

export type ReplicaFrame = RelayUp | RelayDown | RequestFrame | ResponseFrame | StatusFrame

const wire = (name: string) => ({ $ref: `berth#/components/schemas/${name}` })
const count = wire('Count')
const session = { type: 'string', minLength: 1, maxLength: 64 }
const text = { type: 'string', maxLength: 4_096 }
const name = wire('HostName')
const namespace = wire('Namespace')

function record(properties: Readonly<Record<string, object>>, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter((key) => !optional.includes(key))
  return { type: 'object', required, properties }
}

const kind = (...kinds: string[]) => ({ enum: kinds })
/** A union told apart by `kind`: only the schema of that kind is looked at. */
function byKind(variants: readonly object[]) {
  const discriminator = { propertyName: 'kind' }
  return { type: 'object', required: ['kind'], discriminator, oneOf: variants }
}

const secretHash = { type: 'string', pattern: '^([A-Za-z0-9_-]{43})?$' }
const admission = { namespace, name, epoch: count }

const upstream = byKind([
  record({ kind: kind('hello'), session, hello: wire('Hello'), secretHash }),
  record({
    kind: kind('heartbeat'),
    session,
    namespace,
    name: { anyOf: [name, { type: 'null' }] },
    secretHash,
    lineage: { type: 'string', maxLength: 36 },
    epoch: count,
    number: count,
    acknowledged: wire('Acknowledged'),
    listening: { type: 'boolean' },
    hellos: count,
  }),
  record({
    kind: kind('leave', 'bye', 'fenced'),
    session,
    lineage: wire('Lineage'),
    secretHash,
    ...admission,
  }),
  record({
    kind: kind('types'),
    session,
    lineage: wire('Lineage'),
    secretHash,
    number: count,
    types: wire('Types/properties/types'),
    ...admission,
  }),
  record({ kind: kind('closed'), session }),
])

const downstream = byKind([
  record({
    kind: kind('admitted'),
    session,
    epoch: count,
    index: count,
    roundTo: { anyOf: [count, { type: 'null' }] },
  }),
  record({
    kind: kind('waiting'),
    session,
    code: { type: 'string', maxLength: 64 },
    detail: text,
    retryAfterMs: count,
  }),
  record({ kind: kind('say_hello'), session, hellos: count }),
  record(
    { kind: kind('answer'), session, number: count, disseminated: count, digest: wire('Digest') },
    ['digest'],
  ),
  record({
    kind: kind('refused'),
    session,
    number: count,
    code: { type: 'string', maxLength: 64 },
    disseminated: count,
    digest: wire('Digest'),
  }),
  record({ kind: kind('fence'), session, epoch: count, code: { type: 'string', maxLength: 64 } }),
  record({ kind: kind('left'), session, epoch: count }),
  record({ kind: kind('types_taken'), session, epoch: count, number: count, generation: count }),
  record({
    kind: kind('types_waiting'),
    session,
    epoch: count,
    number: count,
    code: { type: 'string', maxLength: 64 },
    detail: text,
    retryAfterMs: count,
  }),
  record({ kind: kind('superseded'), session }),
  record({
    kind: kind('orders'),
    sessions: { type: 'array', items: session },
    order: byKind(['Lock', 'Update', 'Unlock', 'Beacon'].map(wire)),
  }),
  record({ kind: kind('round'), namespace, to: { anyOf: [count, { type: 'null' }] } }),
])

/** Of what an operator asks: to leave a part of it behind would be to do something else. */
function exactly(properties: Readonly<Record<string, object>>, optional: readonly string[] = []) {
  return { ...record(properties, optional), unevaluatedProperties: false }
}

const request = byKind([
  exactly({ kind: kind('evict'), namespace, name, refuseMs: count }),
  exactly({ kind: kind('cordon'), namespace, name, cordoned: { type: 'boolean' } }),
  exactly({ kind: kind('lift'), namespace, name }),
  exactly({ kind: kind('drop'), namespace }),
  exactly({ kind: kind('settings'), settings: { type: 'object' } }),
  exactly({
    kind: kind('add-replica'),
    id: count,
    peer: text,
    membership: { enum: ['voter', 'learner'] },
  }),
  exactly({ kind: kind('remove-replica', 'promote-replica'), id: count }),
  exactly({
    kind: kind('change-replicas'),
    changes: {
      type: 'array',
      items: exactly(
        { id: count, membership: { enum: ['voter', 'learner', 'none'] }, peer: text },
        ['peer'],
      ),
    },
    leave: { enum: ['auto', 'implicit', 'explicit'] },
  }),
  exactly({ kind: kind('leave-joint') }),
  exactly({ kind: kind('transfer'), to: { anyOf: [count, { type: 'null' }] } }),
  exactly({ kind: kind('rounds'), namespace }),
  record({ kind: kind('register'), replica: count, peer: text, api: text, key: text }),
])

/** As much of a request as it takes to answer it. */
const askedUnder = {
  type: 'object',
  required: ['number', 'run'],
  properties: { number: count, run: count },
}

const schemas: Readonly<Record<ReplicaFrame['kind'], object>> = {
  'relay-up': record({
    kind: kind('relay-up'),
    term: count,
    messages: { type: 'array', items: upstream },
  }),
  'relay-down': record({
    kind: kind('relay-down'),
    term: count,
    messages: { type: 'array', items: downstream },
  }),
  request: record({ kind: kind('request'), number: count, run: count, request, key: text }),
  response: record({
    kind: kind('response'),
    number: count,
    run: count,
    error: { anyOf: [record({ code: text, detail: text }), { type: 'null' }] },
    result: {},
  }),
  status: record({
    kind: kind('status'),
    status: record({
      role: text,
      term: count,
      commit: count,
      applied: count,
      digest: text,
      stopped: { anyOf: [text, { type: 'null' }] },
      version: text,
      levels: wire('VersionRange'),
      postgres: record({
        writable: { type: 'boolean' },
        version: { type: ['string', 'null'] },
        commitMs: { type: ['number', 'null'] },
      }),
    }),
  }),
}

/** Whatever has another kind is of the node. */
export const replicaFrameKinds: ReadonlySet<unknown> = new Set(Object.keys(schemas))

/**
 * A request that cannot be read comes out as one that says so, to be answered.
 * @throws BerthError `invalid_message` when another frame is not as it should be, or nobody could
 *   say which request it is that cannot be read
 */
export type CheckFrame = (value: { readonly kind: unknown }) => ReplicaFrame

export function createFrameCheck(): CheckFrame {
  const ajv = createWireAjv()
  const validators = new Map(
    Object.entries(schemas).map(([key, schema]) => [
      key,
      compileLater(ajv, closed(wellFormed(schema))),
    ]),
  )
  const isAnswerable = compileLater(ajv, askedUnder)
  return (value) => {
    const validate = validators.get(value.kind as string)?.()
    if (validate?.(value)) return value as ReplicaFrame
    const detail = `Frame of a replica: ${faultOf(value.kind, validate?.errors?.[0])}.`
    if (value.kind === 'request' && isAnswerable()(value)) {
      const { number, run } = value as RequestFrame
      return { kind: 'request', number, run, request: { kind: 'unreadable', detail }, key: '' }
    }
    throw new BerthError('invalid_message', detail)
  }
}

function faultOf(kind: unknown, error: ErrorObject | undefined): string {
  if (error === undefined) return 'its kind is none'
  if (error.keyword === 'unevaluatedProperties') {
    const what = `has "${error.params.unevaluatedProperty}", which this replica does not know`
    return `${kind}${error.instancePath} ${what}: upgrade it`
  }
  return `${kind}${error.instancePath} ${error.message ?? ''}`
}
