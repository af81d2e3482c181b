/** Members: who is one, and the requests that evict and cordon them. */
import { BerthError } from '../../errors/berth-error.js'
import type { MemberState, NamespaceState } from '../../fsm/namespace-state.js'
import { encodeCursor, nameAfter } from '../cursor.js'
import type { components } from '../openapi.generated.js'
import type { Handlers } from '../operation.js'
import type { AdminRequest, ReplicaPort } from '../replica-port.js'
import { namespaceOf, originOf } from '../view.js'
import { requestOptions, type WriteRequest } from './cluster.js'
import { conditionally } from './conditional.js'

type Schemas = components['schemas']

type Id = 'listMembers' | 'getMember' | 'evictMember' | 'cordonMember' | 'uncordonMember'

/** A page that filters looks at so many members at most; the next page goes on behind them. */
const membersScannedMax = 10_000

export function memberHandlers(port: ReplicaPort): Handlers<Id> {
  const write = (how: WriteRequest, request: AdminRequest) =>
    port.request(request, requestOptions(how))
  return {
    listMembers: async (request, reply) => {
      const { consistency, limit, cursor, type, appId, cordoned } = request.query
      const bound = ['members', request.params.namespace, type, appId, cordoned]
      const after = nameAfter(bound, cursor)
      const view = await port.read(consistency)
      const { lineage } = originOf(view)
      const namespace = namespaceOf(view, request.params.namespace)
      const fits = (member: MemberState) =>
        (type === undefined || member.types.includes(type)) &&
        (appId === undefined || member.appId === appId) &&
        (cordoned === undefined || namespace.isCordoned(member.name) === cordoned)
      const { found, last } = scan(namespace.members(after), fits, limit)
      const generation = namespace.disseminated
      const body = {
        generation,
        committed: namespace.newest,
        items: found.map((member) => memberBody(namespace, member)),
        next: last === null ? null : encodeCursor(bound, [last]),
      }
      const state = [lineage, body]
      return conditionally(request, reply, { generation, state, body: () => body })
    },

    getMember: async (request, reply) => {
      const { namespace: within, name } = request.params
      const view = await port.read(request.query.consistency)
      const { lineage } = originOf(view)
      const namespace = namespaceOf(view, within)
      const member = namespace.member(name)
      if (member === undefined) {
        throw new BerthError('not_found', `There is no member "${name}" in "${within}".`)
      }
      const generation = namespace.disseminated
      const body = memberBody(namespace, member)
      const state = [lineage, body]
      return conditionally(request, reply, { generation, state, body: () => body })
    },

    evictMember: (request) => {
      const { namespace, name } = request.params
      return write(request, { kind: 'evict', namespace, name, refuseMs: request.query.refuseMs })
    },
    cordonMember: (request) =>
      write(request, { kind: 'cordon', ...request.params, cordoned: true }),
    uncordonMember: (request) =>
      write(request, { kind: 'cordon', ...request.params, cordoned: false }),
  }
}

interface Scanned {
  readonly found: readonly MemberState[]
  /** The name behind which the next page begins; null when there is nothing more. */
  readonly last: string | null
}

function scan(
  members: Iterable<MemberState>,
  fits: (m: MemberState) => boolean,
  limit: number,
): Scanned {
  const found: MemberState[] = []
  let scanned = 0
  let last: string | null = null
  for (const member of members) {
    if (found.length === limit || scanned === membersScannedMax) return { found, last }
    scanned += 1
    last = member.name
    if (fits(member)) found.push(member)
  }
  return { found, last: null }
}

function memberBody(namespace: NamespaceState, member: MemberState): Schemas['Member'] {
  const { name, instance, appId, types, epoch, level, generation, atMs } = member
  const cordoned = namespace.isCordoned(name)
  const admittedAt = new Date(atMs).toISOString()
  const disseminated = namespace.table.member(name)?.epoch === epoch
  const told = { name, instance, appId, types, epoch, level, generation }
  return { ...told, admittedAt, cordoned, disseminated }
}
