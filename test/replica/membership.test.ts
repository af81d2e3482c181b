import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import {
  type Answer,
  ask,
  type Cluster,
  type Replica,
  Replicas,
  untilCluster,
} from '../support/replicas.js'

const first = [1, 2, 3]

/**
 * An election in the middle of a request leaves its outcome unknown, so a leader that gets no CPU
 * for two seconds stays one here; with leases that fit.
 */
const settings = JSON.stringify({ fenceAfterMs: 20_000, hostTimeoutMs: 22_000 })
const patientTicks = ['--election-ticks', '60', '--initial-settings', settings]

type Status = Cluster['status']

const idsOf = ({ replicas }: Status, membership: string) =>
  replicas.filter((one) => one.membership === membership).map(({ id }) => id)

/** All that run have applied the same, and are in the same state. */
const isLevel = ({ replicas }: Status) => {
  const running = replicas.filter(({ role }) => role !== 'unknown')
  return new Set(running.map(({ applied, digest }) => `${applied} ${digest}`)).size === 1
}

/** Ids that the cluster struck off its list of where replicas are. */
async function unregistered(replica: Replica): Promise<unknown[]> {
  const { body } = await ask(replica, 'GET', '/v1/events?kind=unregistered')
  const { items } = body as { items: { detail: { replica: number } }[] }
  return items.map(({ detail }) => detail.replica)
}

/** It is done: now, or perhaps by a request before this one whose outcome was unknown. */
function expectChanged({ status, body, repeats }: Answer): void {
  expect(status).toBe(200)
  expect(body.changed).toBeOneOf(repeats ? [true, false] : [true])
}

test('replicas join a running cluster, are removed, and stop, the leader each time', async (t) => {
  const replicas = await Replicas.prepare(t)
  const start = (id: number, ...flags: string[]) =>
    replicas.start(id, first, [...patientTicks, ...flags])
  const all = await Promise.all([start(1), start(2), start(3), start(4, '--join')])
  const byId = (id: number | null) => all.find((one) => one.id === id)!
  const [one, , , four] = all
  const { leader } = await untilCluster(one, 'a leader', (status) => status.leader !== null)

  // Two at once, the first asked of a follower; 5 does not run yet, and never will.
  const path = '/v1/cluster/replicas'
  const voter = { id: 4, peer: four.peer }
  const learner = { id: 5, peer: replicas.peer(5), membership: 'learner' }
  const added = await Promise.all([
    ask(byId(leader === 1 ? 2 : 1), 'POST', path, voter),
    ask(byId(leader), 'POST', path, learner),
  ])
  added.forEach(expectChanged)
  // One that has not said yet where it is cannot be struck off that list below.
  const grown = await untilCluster(four, 'four voters that are level and known', (status) => {
    const known = status.replicas.filter(({ addresses }) => addresses.api !== null)
    const isWhole = idsOf(status, 'voter').join() === '1,2,3,4' && known.length === 4
    return isWhole && status.leader !== null && isLevel(status)
  })
  expect(idsOf(grown, 'learner')).toEqual([5])
  expect(await ask(four, 'POST', path, voter)).toMatchObject({
    status: 200,
    body: { changed: false },
  })

  // The leader is removed by itself, and ends for good.
  const gone = byId(grown.leader)
  const removed = await ask(gone, 'DELETE', `${path}/${gone.id}`)
  expectChanged(removed)
  expect((await gone.exited).code).toBe(0)
  const rest = all.filter((each) => each !== gone)
  const { leader: next } = await untilCluster(rest[0]!, 'another leader', (status) => {
    return status.leader !== null && status.leader !== gone.id
  })
  expect(await ask(rest[1]!, 'DELETE', `${path}/${gone.id}`)).toMatchObject({
    status: 200,
    body: { changed: false },
  })

  // One is removed and one demoted, in one change.
  const demoted = rest.find(({ id }) => id !== next)!
  const changes = [
    { id: 5, membership: 'none' },
    { id: demoted.id, membership: 'learner' },
  ]
  const changed = await ask(demoted, 'POST', '/v1/cluster/changes', { changes })
  expectChanged(changed)
  const last = await untilCluster(demoted, 'two voters and a learner', (status) => {
    return idsOf(status, 'voter').length === 2 && isLevel(status)
  })
  expect(idsOf(last, 'learner')).toEqual([demoted.id])
  await eventually('the leader is struck off', async () => {
    return (await unregistered(demoted)).includes(gone.id)
  })

  // A leader that is stopped hands over before it ends: alone, the other voter is none by itself.
  const leaving = byId(last.leader)
  const staying = byId(idsOf(last, 'voter').find((id) => id !== leaving.id)!)
  leaving.signal('SIGTERM')
  expect((await leaving.exited).code).toBe(0)
  const { body: left } = await ask(staying, 'GET', '/v1/cluster?consistency=stale')
  expect((left as unknown as Cluster).status.term).toBeGreaterThan(last.term)
  await eventually('a line that says for whom it waits', () => {
    const waits = staying.lines.filter((line) => line.includes('"waitingFor":"a leader"'))
    return waits.some((line) => JSON.parse(line).unreachable?.includes(leaving.id))
  })

  const again = await start(gone.id)
  expect((await again.exited).code).toBe(1)
  // Not its last line by necessity: the log comes by another pipe.
  expect(again.lines.join('\n')).toContain('marked as "removed"')
})
