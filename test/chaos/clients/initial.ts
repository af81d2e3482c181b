/** What the namespaces of the settlers are before any client does anything. */
import { eventually } from '../../support/eventually.js'
import type { Placement } from './placement-model.js'
import type { RestClient } from './rest-client.js'
import { settlements } from './settlers.js'

interface MemberList {
  readonly committed: number
  readonly items: readonly unknown[]
}

export async function initialPlacements(
  origins: readonly string[],
  rest: RestClient,
): Promise<ReadonlyMap<string, Placement>> {
  const found = new Map<string, Placement>()
  for (const { namespace, members } of settlements) {
    const placement = await eventually(`the members of ${namespace}`, async () => {
      const url = `${origins[0]}/v1/namespaces/${namespace}/members?consistency=consistent`
      const answer = await rest.call({ method: 'GET', url, timeoutMs: 10_000 })
      if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer))
      const { committed, items } = answer.body as MemberList
      return items.length === members.length && { generation: committed, cordoned: [] }
    })
    found.set(namespace, placement)
  }
  return found
}
