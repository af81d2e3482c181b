/** Refusals of evicted names: which there are, and the request that lifts one. */
import { encodeCursor, nameAfter } from '../cursor.js'
import type { Handlers } from '../operation.js'
import type { ReplicaPort } from '../replica-port.js'
import { namespaceOf, originOf } from '../view.js'
import { requestOptions } from './cluster.js'

type Id = 'listRefusals' | 'liftRefusal'

export function refusalHandlers(port: ReplicaPort): Handlers<Id> {
  return {
    // No entity tag: the answer is another one every millisecond.
    listRefusals: async (request) => {
      const { consistency, limit, cursor } = request.query
      const { namespace: within } = request.params
      const bound = ['refusals', within]
      const after = nameAfter(bound, cursor)
      const view = await port.read(consistency)
      originOf(view)
      const agedMs = view.agedMs(port.wallMs())
      const items: { readonly name: string; readonly leftMs: number }[] = []
      let last: string | null = null
      let looked = 0
      for (const [name, untilAgedMs] of namespaceOf(view, within).refusals(after)) {
        if (looked === limit) return { items, next: encodeCursor(bound, [last ?? '']) }
        looked += 1
        last = name
        if (untilAgedMs > agedMs) items.push({ name, leftMs: untilAgedMs - agedMs })
      }
      return { items, next: null }
    },

    liftRefusal: (request) =>
      port.request({ kind: 'lift', ...request.params }, requestOptions(request)),
  }
}
