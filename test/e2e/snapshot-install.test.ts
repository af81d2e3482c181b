import { expect, test } from 'vitest'
import type { Refusal, RestEvent, RestTable } from '../support/real-cluster.js'
import { namesOf, patientEnv, RealCluster } from '../support/real-cluster.js'

/** Snapshots after a few entries, and nothing of the log kept behind them. */
const env = { BERTH_SNAPSHOT_ENTRIES: '16', BERTH_TRAILING_ENTRIES: '0' }

test('a replica behind a purged log installs a snapshot, serves the same table, and shows the gap', async (t) => {
  const cluster = await RealCluster.start(t, { hosts: 2, env: { ...patientEnv, ...env } })
  const leader = await cluster.leader()
  const [behind] = cluster.replicas.filter((id) => id !== leader) as [number, number]
  const others = cluster.replicas.filter((id) => id !== behind)
  const [before] = await cluster.untilTables('two hosts', ({ members }) => members.length === 2)
  const line = await cluster.kill(`replica ${behind}`)

  const { changes, purged } = await cluster.purgeFor(others, leader, cluster.hosts[0]!)
  const [now] = await cluster.untilTables(
    'the last round',
    ({ generation, committed }) =>
      generation === committed && generation === before!.generation + changes,
    others,
  )
  expect(namesOf(now!)).toEqual(namesOf(before!))

  cluster.startAgain(`replica ${behind}`, line)
  await cluster.untilTables('the same table', ({ digest, generation }) => {
    return digest === now!.digest && generation === now!.generation
  })
  expect(await cluster.table(behind)).toEqual(now)
  await cluster.until('equal state at equal index', async () => {
    const { replicas } = await cluster.status(behind)
    const [first] = replicas
    return replicas.every(
      ({ applied: at, digest }) => at === first?.applied && digest === first?.digest,
    )
  })

  const gap = await cluster.until('the gap in its history', async () => {
    const { items } = await cluster.get<{ items: RestEvent[] }>(
      behind,
      '/v1/events?consistency=stale&kind=gap',
    )
    return items.find(({ kind }) => kind === 'gap')
  })
  expect(gap).toMatchObject({ reason: 'snapshot', member: null, generation: null })
  expect(gap.index).toBeGreaterThanOrEqual(purged)
  expect((gap.detail as { after: number }).after).toBeLessThan(purged)
  // A table of the gap cannot be made any more here, and is not made up; the others still can.
  const past = `/v1/namespaces/default/table?consistency=stale&generation=${before!.generation + 3}`
  const refusal = await cluster.get(behind, past).catch((error: Refusal) => error)
  expect(refusal).toMatchObject({ status: 410 })
  const kept = await cluster.get<RestTable>(leader, past)
  expect(kept.generation).toBe(before!.generation + 3)

  // It takes part again: with the other follower gone, nothing is committed without it.
  const [other] = others.filter((id) => id !== leader) as [number]
  await cluster.kill(`replica ${other}`)
  await cluster.postUntilDone(leader, `/v1/namespaces/default/members/${cluster.hosts[0]}/cordon`)
  await cluster.untilTables(
    'one more generation',
    ({ generation }) => generation === now!.generation + 1,
    [leader, behind],
  )
})
