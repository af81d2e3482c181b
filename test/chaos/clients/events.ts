/** The whole event history of a replica, as it shows it. */
import type { components } from '../../../src/api/openapi.generated.js'
import { eventually } from '../../support/eventually.js'
import type { RestClient } from './rest-client.js'

type Schemas = components['schemas']
export type PlacementEvent = Schemas['Event']

/** What a replica does not know, since a snapshot took the place of the entries. */
export interface Gap {
  covers(index: number): boolean
}

export interface EventHistory {
  /** The last event of each log index; the commands of this workload make one each. */
  readonly byIndex: ReadonlyMap<number, PlacementEvent>
  /** Index and member of each event about a member: `17 10.0.0.1:5000`. */
  readonly all: ReadonlySet<string>
  readonly gaps: readonly Gap[]
}

const pageMs = 10_000
const pageSize = 1_000

/** @throws Error when the replica does not answer */
export async function listEvents(api: string, rest: RestClient): Promise<EventHistory> {
  const byIndex = new Map<number, PlacementEvent>()
  const all = new Set<string>()
  const gaps: Gap[] = []
  let cursor: string | null = null
  do {
    const more: string = cursor === null ? '' : `&cursor=${cursor}`
    const url = `${api}/v1/events?order=oldest&limit=${pageSize}${more}`
    // A busy machine may elect once more, long after the last fault.
    const page = await eventually(url, async () => {
      const answer = await rest.call({ method: 'GET', url, timeoutMs: pageMs })
      if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer))
      return answer.body as Schemas['EventList']
    })
    for (const event of page.items) {
      if (event.kind === 'gap') gaps.push(gapOf(event))
      else byIndex.set(event.index, event)
      if (event.member !== null) all.add(`${event.index} ${event.member}`)
    }
    cursor = page.next
  } while (cursor !== null)
  return { byIndex, all, gaps }
}

/** It stands at the index of the snapshot and says behind which event it begins. */
function gapOf({ index, detail }: PlacementEvent): Gap {
  const { after } = detail as { readonly after: number }
  return { covers: (asked) => asked > after && asked <= index }
}
