/** Rounds and events: what happened, and what is happening. */
import type { ProjectedEvent } from '../../raft/node/disk/storage.js'
import { decodeCursor, encodeCursor } from '../cursor.js'
import type { components } from '../openapi.generated.js'
import type { Handlers } from '../operation.js'
import type { ReplicaPort } from '../replica-port.js'
import { namespaceOf, originOf } from '../view.js'

type Schemas = components['schemas']
type Id = 'getRounds' | 'listEvents'

export function historyHandlers(port: ReplicaPort): Handlers<Id> {
  return {
    getRounds: async (request) => {
      const { namespace: name } = request.params
      const { consistency } = request.query
      const view = await port.read(consistency)
      originOf(view)
      const { disseminated, newest } = namespaceOf(view, name)
      const { running, recent } = await port.rounds(name, consistency)
      return { namespace: name, generation: disseminated, committed: newest, running, recent }
    },

    listEvents: async (request) => {
      const { consistency, limit, cursor, order } = request.query
      const { namespace, kind, member, fromIndex, toIndex } = request.query
      const bound = ['events', order, namespace, kind, member, fromIndex, toIndex]
      const after = cursor === undefined ? null : eventAfter(bound, cursor)
      const { appliedIndex } = await port.read(consistency)
      const { events, more } = await port.events({
        order,
        namespace: namespace ?? null,
        kind: kind ?? null,
        member: member ?? null,
        fromIndex: fromIndex ?? null,
        toIndex: toIndex ?? null,
        after,
        limit,
        projectedThrough: consistency === 'stale' ? 0 : appliedIndex,
      })
      const last = events.at(-1)
      const next =
        more && last !== undefined ? encodeCursor(bound, [last.index, last.position]) : null
      return { items: events.map(eventBody), next }
    },
  }
}

function eventAfter(
  bound: readonly unknown[],
  cursor: string,
): { readonly index: number; readonly position: number } {
  const [index, position] = decodeCursor(bound, cursor, ['number', 'number'])
  return { index: Number(index), position: Number(position) }
}

function eventBody({ atMs, ...event }: ProjectedEvent): Schemas['Event'] {
  return { ...event, at: new Date(atMs).toISOString() }
}
