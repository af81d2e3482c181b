import { beforeAll, expect, test } from 'vitest'
import { connect, type FenceReason, type Sidecar } from '../../src/sidecar/index.js'
import { eventually } from '../support/eventually.js'
import { fileOwner, type Owner } from '../support/owner.js'
import { namesOf, RealCluster } from '../support/real-cluster.js'

// One replica is enough here: rounds do not depend on how many agree on them.

const owner = fileOwner()
/**
 * A deadline that ends well before the leases, and is long enough for who is no straggler but gets
 * no CPU for some seconds. The replica checks that they fit.
 */
const times = {
  ...{ roundDeadlineMs: 5_000, heartbeatMs: 250 },
  ...{ fenceAfterMs: 8_000, fenceMarginMs: 1_100, hostTimeoutMs: 9_200 },
}
const env = {
  BERTH_INITIAL_SETTINGS: JSON.stringify(times),
  BERTH_ELECTION_TICKS: '8',
}
/** What a busy machine may add to what the settings bound. */
const slackMs = 20_000
const ids = Array.from({ length: 120 }, (_, i) => String(i))
let cluster: RealCluster

beforeAll(async () => {
  cluster = await RealCluster.start(owner, { replicas: 1, hosts: 0, env })
})

interface Guest {
  readonly name: string
  readonly sidecar: Sidecar
  readonly fences: FenceReason[]
}

async function join(t: Owner, port: number): Promise<Guest> {
  const name = `127.0.0.1:${port}`
  const host = { name, appId: 'guest', types: ['Order'] }
  const sidecar = await connect({ replicas: [cluster.webSocket(1)], host })
  t.onTestFinished(() => sidecar.close())
  const fences: FenceReason[] = []
  sidecar.onFenced(({ reason }) => void fences.push(reason))
  return { name, sidecar, fences }
}

const never = () => new Promise<void>(() => undefined)

/** Notes which actors a sidecar ever says are moving. */
function watchMoving(t: Owner, { sidecar }: Guest): ReadonlySet<string> {
  const moving = new Set<string>()
  const timer = setInterval(() => {
    for (const id of ids) if (sidecar.peek('Order', id) === 'moving') moving.add(id)
  }, 5)
  t.onTestFinished(() => clearInterval(timer))
  return moving
}

const ownersBy = ({ sidecar }: Guest) =>
  Promise.all(ids.map(async (id) => (await sidecar.where('Order', id)).host))

/** Waits until these guests are the whole table, and each of them answers by it. */
async function untilTableOf(guests: readonly Guest[]): Promise<void> {
  const names = guests.map(({ name }) => name).join()
  const [table] = await cluster.untilTables(names, (table) => namesOf(table).join() === names)
  await eventually('all guests to have it', () =>
    guests.every(({ sidecar }) => {
      const { digest, movingTo } = sidecar.state()
      return digest === table!.digest && movingTo === null
    }),
  )
}

test('a host that does not let go is fenced and removed alone, and nothing else waits for it', async (t) => {
  const [stuck, second, third] = [await join(t, 9_301), await join(t, 9_302), await join(t, 9_303)]
  await untilTableOf([stuck, second, third])
  const before = await ownersBy(second)
  const moving = [watchMoving(t, second), watchMoving(t, third)]
  stuck.sidecar.onRelease(never)
  // It would be admitted anew otherwise, with nothing in its hands.
  stuck.sidecar.onFenced(() => stuck.sidecar.close())
  const startedAtMs = performance.now()
  const fourth = await join(t, 9_304)
  await untilTableOf([second, third, fourth])
  const after = await ownersBy(fourth)
  const tookMs = Math.round(performance.now() - startedAtMs)
  console.log(`measured: join → owners again, past a straggler ${tookMs} ms`)
  expect(tookMs).toBeGreaterThanOrEqual(times.roundDeadlineMs)
  expect(tookMs).toBeLessThan(times.roundDeadlineMs + slackMs)

  await eventually('its fence', () => stuck.fences.length > 0)
  expect(stuck.fences).toEqual(['straggler'])
  for (const { fences } of [second, third, fourth]) expect(fences).toEqual([])
  const { recent } = await cluster.rounds(1)
  const stragglers = recent.flatMap((round) => round.stragglers.map(({ name }) => name))
  expect(new Set(stragglers)).toEqual(new Set([stuck.name]))
  const stays = ids.filter((_, i) => before[i] === after[i])
  expect(stays.length).toBeGreaterThan(ids.length / 4)
  expect(stays.length).toBeLessThan(ids.length)
  for (const seen of moving) {
    expect(stays.filter((id) => seen.has(id))).toEqual([])
    expect(seen.size).toBeGreaterThan(0)
  }
  for (const { sidecar } of [second, third, fourth]) await sidecar.leave()
})

test('of a host that neither lets go nor stops when it is fenced, actors wait for the end of its lease and no longer', async (t) => {
  const [stuck, second] = [await join(t, 9_311), await join(t, 9_312)]
  await untilTableOf([stuck, second])
  stuck.sidecar.onRelease(never)
  stuck.sidecar.onFenced(never)
  const startedAtMs = performance.now()
  const third = await join(t, 9_313)
  await eventually('its removal', () => stuck.fences.length > 0)
  expect(stuck.sidecar.owns('Order', '1')).toBe(false)
  await Promise.all([ownersBy(second), ownersBy(third)])
  const tookMs = Math.round(performance.now() - startedAtMs)
  console.log(`measured: join → owners again, past a straggler that stops nothing ${tookMs} ms`)
  const { roundDeadlineMs, fenceAfterMs, fenceMarginMs } = times
  expect(tookMs).toBeGreaterThan(fenceAfterMs)
  expect(tookMs).toBeLessThan(roundDeadlineMs + fenceAfterMs + fenceMarginMs + slackMs)
  expect([...second.fences, ...third.fences]).toEqual([])
})
