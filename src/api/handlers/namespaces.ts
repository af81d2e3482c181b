/** Namespaces: which there are, how far each one is, and the request that forgets an empty one. */
import type { NamespaceState } from '../../fsm/namespace-state.js'
import { encodeCursor, nameAfter } from '../cursor.js'
import type { components } from '../openapi.generated.js'
import type { Handlers } from '../operation.js'
import type { ReplicaPort } from '../replica-port.js'
import { namespaceOf, originOf } from '../view.js'
import { requestOptions } from './cluster.js'
import { conditionally } from './conditional.js'

type Schemas = components['schemas']

type Id = 'listNamespaces' | 'getNamespace' | 'deleteNamespace'

export function namespaceHandlers(port: ReplicaPort): Handlers<Id> {
  return {
    listNamespaces: async (request, reply) => {
      const { consistency, limit, cursor } = request.query
      const bound = ['namespaces']
      const after = nameAfter(bound, cursor)
      const view = await port.read(consistency)
      const { lineage } = originOf(view)
      const items: Schemas['NamespaceState'][] = []
      let more = false
      for (const namespace of view.namespaces(after)) {
        more = items.length === limit
        if (more) break
        items.push(namespaceBody(namespace))
      }
      const last = items.at(-1)?.name
      const next = more && last !== undefined ? encodeCursor(bound, [last]) : null
      const body = { items, next }
      const state = [lineage, body]
      return conditionally(request, reply, { generation: null, state, body: () => body })
    },

    getNamespace: async (request, reply) => {
      const view = await port.read(request.query.consistency)
      const { lineage } = originOf(view)
      const body = namespaceBody(namespaceOf(view, request.params.namespace))
      const { generation } = body
      return conditionally(request, reply, { generation, state: [lineage, body], body: () => body })
    },

    deleteNamespace: (request) => {
      const { namespace } = request.params
      return port.request({ kind: 'drop', namespace }, requestOptions(request))
    },
  }
}

function namespaceBody(namespace: NamespaceState): Schemas['NamespaceState'] {
  const { name, disseminated, newest, table, newestTable } = namespace
  const { digest } = table
  return { name, generation: disseminated, committed: newest, digest, members: newestTable.size }
}
