/** Where an actor is, and why. */
import { BerthError } from '../../errors/berth-error.js'
import type { Handlers } from '../operation.js'
import type { ReplicaPort } from '../replica-port.js'
import { decimal, hashOf, ringPosition } from '../ring-position.js'
import { namespaceOf, originOf } from '../view.js'
import { conditionally } from './conditional.js'

export function actorHandlers(port: ReplicaPort): Handlers<'whereIsActor'> {
  return {
    whereIsActor: async (request, reply) => {
      const { namespace: name, type, id } = request.params
      const view = await port.read(request.query.consistency)
      const { lineage } = originOf(view)
      const { table, newestTable } = namespaceOf(view, name)
      const placement = ringPosition(table, type, id)
      const next = ringPosition(newestTable, type, id)
      if (placement === null && next === null) {
        throw new BerthError('no_owner', `No host of "${name}" offers the type "${type}".`)
      }
      const { hi, lo } = hashOf(table, id)
      const stays =
        placement?.owner.host === next?.owner.host && placement?.owner.epoch === next?.owner.epoch
      const { generation } = table
      const body = {
        namespace: name,
        type,
        id,
        lineage,
        generation,
        committed: newestTable.generation,
        hash: decimal(hi, lo),
        placement,
        moving: stays ? null : { to: next },
      }
      const state = [lineage, body]
      return conditionally(request, reply, { generation, state, body: () => body })
    },
  }
}
