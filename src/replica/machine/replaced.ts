/** Which admissions an entry ended by admitting the same name anew. */

import type { Admission } from '../../fsm/admission.js'
import type { GenerationDetail, PlacementEvent } from '../../fsm/placement-event.js'

export function replacedBy(events: readonly PlacementEvent[]): Admission[] {
  return events.flatMap(({ kind, namespace, member, detail }) => {
    if (kind !== 'restarted' && kind !== 'changed') return []
    const { before, after } = detail as GenerationDetail
    if (namespace === null || member === null || before === null) return []
    return before.epoch === after?.epoch ? [] : [{ namespace, name: member, epoch: before.epoch }]
  })
}
