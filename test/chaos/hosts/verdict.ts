/** What a run with host processes must have kept, once all is healed. */
import type { components } from '../../../src/api/openapi.generated.js'
import { eventually } from '../../support/eventually.js'
import { listEvents } from '../clients/events.js'
import type { RestClient } from '../clients/rest-client.js'
import type { ChaosCluster } from '../cluster/chaos-cluster.js'
import type { Check } from '../workload.js'
import { actorType, namespace } from './actors.mjs'
import type { Told } from './callers.js'
import { expectedOwner, type TableView } from './expected-owner.js'
import { ownershipFaults, Stints, type WorkRow } from './stints.js'
import type { Admission, LateRow } from './work-table.js'

type Table = components['schemas']['Table']

const tableMs = 10_000
const membersMs = 120_000
/** What `onFenced` may take: a write that lands later is one of a process that stood still. */
const writeMsMax = 1_000
const shown = 3

export async function checkOwners(rows: AsyncIterable<WorkRow>): Promise<Check> {
  const name = 'no actor was owned by two hosts at once, and tokens rose at every hand-over'
  const all = new Stints()
  let [count, tokenless] = [0, 0]
  for await (const row of rows) {
    all.add(row)
    count += 1
    if (row.token === null) tokenless += 1
  }
  const byActor = all.byActor()
  const faults = byActor.flatMap(ownershipFaults)
  const stints = byActor.reduce((sum, those) => sum + those.length, 0)
  if (faults.length > 0) return { name, outcome: 'fails', detail: show(faults) }
  const detail =
    `${count} rows, ${stints} stints of ${byActor.length} actors, ` +
    `${tokenless} rows from an instant at which a lease ran out`
  return { name, outcome: count > 0 ? 'holds' : 'fails', detail }
}

/**
 * A process that is stopped between its question and its write goes on with the write when it is
 * woken: that no lease can prevent, only a fencing token. Such rows are counted, all others are
 * faults.
 */
export function checkLateRows(rows: readonly LateRow[]): Check {
  const name = 'no write landed after one that another owner was asked for later'
  const faults = rows.filter(({ lateMs }) => lateMs < writeMsMax)
  if (faults.length > 0) return { name, outcome: 'fails', detail: show(faults) }
  return { name, outcome: 'holds', detail: `but for ${rows.length} of processes that stood still` }
}

/** Each answer is the owner by the table of the generation that it names. */
export async function checkCallers(
  cluster: ChaosCluster,
  rest: RestClient,
  told: readonly Told[],
): Promise<Check> {
  const name = 'callers were told the owner by the table that they were told of'
  const tables = new Map<number, TableView | null>()
  const faults: object[] = []
  let unknown = 0
  for (const { caller, id, host, generation } of told) {
    if (!tables.has(generation)) tables.set(generation, await tableAt(cluster, rest, generation))
    const table = tables.get(generation)
    if (table === null || table === undefined) {
      unknown += 1
      continue
    }
    const owner = expectedOwner(table, id)
    if (owner !== host) faults.push({ caller, id, host, generation, owner })
  }
  if (faults.length > 0) return { name, outcome: 'fails', detail: show(faults) }
  const detail = `${told.length} answers by ${tables.size} tables, ${unknown} by compacted ones`
  return { name, outcome: told.length > unknown ? 'holds' : 'fails', detail }
}

/** null: no replica can tell any more. */
async function tableAt(
  { replicas }: ChaosCluster,
  rest: RestClient,
  generation: number,
): Promise<TableView | null> {
  for (const { api } of replicas) {
    const url = `${api}/v1/namespaces/${namespace}/table?generation=${generation}`
    const answer = await rest.call({ method: 'GET', url, timeoutMs: tableMs })
    if (answer.kind !== 'ok') continue
    const { factor, typeSets, members } = answer.body as Table
    const ids = typeSets.filter(({ types }) => types.includes(actorType)).map(({ id }) => id)
    const hosts = members
      .filter(({ types, cordoned }) => ids.includes(types) && !cordoned)
      .map((member) => member.name)
    return { factor, hosts }
  }
  return null
}

/** The log shows each admission that a host was told of. */
export async function checkAdmissions(
  cluster: ChaosCluster,
  rest: RestClient,
  admissions: readonly Admission[],
): Promise<Check> {
  const name = 'every acknowledged join is in the log'
  const histories = await Promise.all(cluster.replicas.map(({ api }) => listEvents(api, rest)))
  const lost = admissions.filter(
    ({ host, epoch }) => !histories.some(({ all }) => all.has(`${epoch} ${host}`)),
  )
  if (lost.length > 0) return { name, outcome: 'fails', detail: show(lost) }
  return { name, outcome: 'holds', detail: `${admissions.length} joins` }
}

/** Every host that runs is a member of the disseminated table again, and nobody else. */
export async function checkMembers(
  cluster: ChaosCluster,
  rest: RestClient,
  hosts: readonly string[],
): Promise<Check> {
  const name = 'every host that runs is a member, and nobody else'
  const url = `${cluster.replicas[0]!.api}/v1/namespaces/${namespace}/table?consistency=consistent`
  const startMs = performance.now()
  try {
    await eventually(
      'the table of all hosts',
      async () => {
        const answer = await rest.call({ method: 'GET', url, timeoutMs: tableMs })
        if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer))
        const { generation, committed, members } = answer.body as Table
        const names = members.map((member) => member.name).sort()
        const isWhole = generation === committed && names.join() === [...hosts].sort().join()
        if (!isWhole) throw new Error(`${generation} of ${committed}: ${names.join(' ')}`)
        return true
      },
      membersMs,
    )
  } catch (error) {
    return { name, outcome: 'fails', detail: String(error) }
  }
  const tookMs = Math.round(performance.now() - startMs)
  return { name, outcome: 'holds', detail: `${hosts.length} hosts, after ${tookMs} ms` }
}

function show(faults: readonly object[]): string {
  const text = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  return `${faults.length}: ${JSON.stringify(faults.slice(0, shown), text)}`
}
