import { expect, test } from 'vitest'
import type { Handshake } from '../../../src/raft/node/identity/handshake.js'
import { DiskDriver } from './disk-driver.js'
import { DriftingClock } from './drifting-clock.js'
import { drawPlan } from './fault-plan.js'
import { Network, pathsBetween } from './network.js'
import type { PeerEnd, Roughness } from './peer-link.js'
import { PeerLinks } from './peer-links.js'
import { Random } from './random.js'
import { Schedule } from './schedule.js'
import { SimDisk } from './sim-disk.js'
import { SimProcess } from './sim-process.js'

const calm: Roughness = { lossChance: 0, repeatChance: 0, reorderChance: 0 }
const pace = { leastUs: 100, meanUs: 200, spikeChance: 0, spikeUs: 0 }

function createProcess(schedule: Schedule, key: number, ppm = 0): SimProcess {
  const clock = new DriftingClock(0, 1000 * key, ppm)
  return new SimProcess(key, schedule, Random.of(1, `process ${key}`), clock)
}

/** Two ends that say numbers to each other. */
function createPair(roughness: Roughness) {
  const schedule = new Schedule()
  const heard: number[][] = [[], [], []]
  const log: string[] = []
  const network = new Network(Random.of(2, 'network'), pace, (from, to, isCut) => {
    links.pathChanged(from, to, isCut)
  })
  const random = Random.of(2, 'links')
  const links = new PeerLinks<number>({ schedule, network, random, roughness })
  const ends = [1, 2].map((id): PeerEnd<number> => {
    const process = createProcess(schedule, id)
    process.start()
    return {
      id,
      process,
      met: new Map(),
      hello: () => ({ replicaId: id, uuid: '' }) as Handshake,
      judge: () => ({ kind: 'accept' }),
      connected: (peer) => log.push(`${id} sees ${peer.replicaId}`),
      refused: () => log.push(`${id} is refused`),
      unreachable: (peer) => log.push(`${id} lost ${peer}`),
      frame: (_from, _run, frame) => heard[id]!.push(frame),
    }
  })
  for (const end of ends) links.add(end)
  for (const { id } of ends) links.setPeers(id, [1, 2])
  return { schedule, network, links, heard, log, processes: ends.map(({ process }) => process) }
}

function runUntil(schedule: Schedule, us: number): void {
  schedule.at(us, 1, 0, () => {})
  while (schedule.nowUs < us && schedule.step()) {}
}

test('events happen in the order of time and, at one instant, of planning', () => {
  const schedule = new Schedule()
  const random = new Random(7)
  const seen: [number, number][] = []
  for (let order = 0; order < 1000; order += 1) {
    const at = random.below(50)
    schedule.at(at, 1, order, () => seen.push([at, order]))
  }
  while (schedule.step()) {}
  const sorted = [...seen].sort((a, b) => a[0] - b[0] || a[1] - b[1])
  expect(seen).toEqual(sorted)
  expect(schedule.count).toBe(1000)
})

test('streams of chance depend on seed and name alone', () => {
  const draw = (seed: number, name: string) => {
    const random = Random.of(seed, name)
    return [random.uint32(), random.uint32()]
  }
  expect(draw(3, 'disk')).toEqual(draw(3, 'disk'))
  const all = [1, 2, 3, 4].flatMap((seed) => ['a', 'b', 'ab'].map((name) => draw(seed, name)[0]))
  expect(new Set(all).size).toBe(all.length)
})

test('a fault that is left out leaves the others as they are', () => {
  const table = { loss: { from: 1, to: 2 }, crash: { from: 1, to: 2 }, hang: { from: 1, to: 2 } }
  for (let seed = 0; seed < 50; seed += 1) {
    const whole = drawPlan(seed, table, new Set())
    const less = drawPlan(seed, table, new Set(['crash']))
    expect(less.intensity).toEqual({ ...whole.intensity, crash: 0 })
  }
})

test('a clock that runs fast shows more, and never goes back', () => {
  const clock = new DriftingClock(0, 500, 50_000)
  expect(clock.readMs(1_000_000)).toBe(1550)
  clock.setRate(1_000_000, -50_000)
  expect(clock.readMs(2_000_000)).toBe(2500)
  expect(clock.toUs(95)).toBeCloseTo(100_000)
})

test('a paused process takes what waited once it runs again, a killed one never', () => {
  const schedule = new Schedule()
  const process = createProcess(schedule, 1)
  process.start()
  const seen: string[] = []
  let ticks = 0
  process.every(10, () => {
    ticks += 1
  })
  process.pause()
  process.inputAfter(5_000, 3, () => seen.push('early'))
  runUntil(schedule, 100_000)
  process.input(3, () => seen.push('late'))
  expect([seen, ticks]).toEqual([[], 0])
  process.resume()
  runUntil(schedule, 100_500)
  expect([seen, ticks]).toEqual([['early', 'late'], 1])
  expect(process.pausedUs).toBe(100_000)
  process.kill()
  runUntil(schedule, 200_000)
  expect(ticks).toBe(1)
})

test('frames keep their order, but for a rough network', () => {
  const rough = { lossChance: 0.1, repeatChance: 0.1, reorderChance: 0.1 }
  for (const roughness of [calm, rough]) {
    const { schedule, links, heard } = createPair(roughness)
    runUntil(schedule, 1_000_000)
    const sent = Array.from({ length: 300 }, (_, n) => n)
    for (const n of sent) {
      expect(links.send(1, 2, n)).toBe(true)
      runUntil(schedule, schedule.nowUs + 50)
    }
    runUntil(schedule, 3_000_000)
    if (roughness === calm) expect(heard[2]).toEqual(sent)
    else {
      const distinct = new Set(heard[2])
      expect(distinct.size).toBeLessThan(sent.length)
      expect(heard[2]!.length).toBeGreaterThan(distinct.size)
      expect(heard[2]).not.toEqual([...heard[2]!].sort((a, b) => a - b))
    }
  }
})

test('a short cut delays frames, a long one loses them and the connection', () => {
  const { schedule, network, links, heard, log } = createPair(calm)
  runUntil(schedule, 1_000_000)
  const mend = network.cut(pathsBetween([1], [2]))
  links.send(1, 2, 7)
  runUntil(schedule, 1_500_000)
  mend()
  runUntil(schedule, 1_600_000)
  expect(heard[2]).toEqual([7])
  log.length = 0
  const mendAgain = network.cut(pathsBetween([1], [2]))
  links.send(1, 2, 8)
  runUntil(schedule, 3_000_000)
  expect(log.sort()).toEqual(['1 lost 2', '2 lost 1'])
  mendAgain()
  runUntil(schedule, 5_000_000)
  expect(heard[2]).toEqual([7])
  expect(log.slice(2).sort()).toEqual(['1 sees 2', '2 sees 1'])
})

test('frames to a life that ended reach no later one', () => {
  const { schedule, links, heard, processes } = createPair(calm)
  runUntil(schedule, 1_000_000)
  links.send(1, 2, 9)
  processes[1]!.kill()
  links.crashed(2, true)
  processes[1]!.start()
  links.setPeers(2, [1, 2])
  runUntil(schedule, 3_000_000)
  expect(heard[2]).toEqual([])
  expect(links.send(1, 2, 10)).toBe(true)
  runUntil(schedule, 3_100_000)
  expect(heard[2]).toEqual([10])
})

test('a crash loses what was not written, or not, and a start shuts out what came before', () => {
  const outcomes = new Set<number>()
  for (let seed = 0; seed < 20; seed += 1) {
    const schedule = new Schedule()
    const process = createProcess(schedule, 1)
    process.start()
    const disk = new SimDisk('one')
    disk.open()
    const driver = new DiskDriver(disk, process, schedule, new Random(seed), pace, () => {})
    const hardState = { term: 5, vote: 1, commit: 0 }
    driver.run({ kind: 'append', hardState, entries: [], identity: null }, () => {
      throw new Error('answered after the crash')
    })
    process.kill()
    driver.crashed()
    outcomes.add(disk.hardState.term)
    expect(disk.open()?.identity.incarnation).toBe(2)
    const { term } = disk.hardState
    runUntil(schedule, 1_000_000)
    expect(disk.hardState.term).toBe(term)
  }
  expect([...outcomes].sort()).toEqual([0, 5])
})
