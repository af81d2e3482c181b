/** One seed from its start to the end of all faults, and on to where every call is answered. */
import { drawPlan } from '../kernel/fault-plan.js'
import { fail } from '../kernel/invariant-failure.js'
import {
  failureOf,
  type RunSeed,
  type SeedFailure,
  type SeedOptions,
  type SeedResult,
} from '../kernel/seed-run.js'
import { faultTable } from './fault-table.js'
import { Nemesis } from './nemesis.js'
import { keyName } from './placement.js'
import { World } from './world.js'

const second = 1_000_000

export const stepsDefault = 6_000

export function createRunSeed(): RunSeed {
  return run
}

function run({ seed, steps, without, always = [] }: SeedOptions): SeedResult {
  const plan = drawPlan(seed, faultTable, new Set(without), new Set(always))
  const world = new World(seed, plan)
  const { schedule, book } = world
  let failure: SeedFailure | null = null
  try {
    const nemesis = new Nemesis(world)
    world.start()
    nemesis.start()
    while (schedule.count < steps) schedule.step()
    world.callers.pace.meanMs = 0
    nemesis.heal()
    settle(world)
    callAll(world)
  } catch (error) {
    failure = failureOf(error)
  }
  const { answered, unanswered } = book
  const seconds = (schedule.nowUs / second).toFixed(1)
  const { generation } = world.placement.news.table
  return {
    seed,
    events: schedule.count,
    traceHash: schedule.trace.digits,
    faults: plan.faults,
    about: `${answered} answered, ${unanswered} not, generation ${generation}, ${seconds} s`,
    failure,
  }
}

/** All calls that were made are over, and every actor has its owner. */
function settle(world: World): void {
  const untilUs = world.schedule.nowUs + 25 * second
  let missing: string | null = 'nothing was looked at'
  while (world.schedule.nowUs < untilUs) {
    world.runUntil(world.schedule.nowUs + second / 4)
    missing = whatIsMissing(world)
    if (missing === null) return
  }
  fail('all comes to rest', `not within 25 s after the faults: ${missing}`)
}

function whatIsMissing({ hosts, keys, placement, book }: World): string | null {
  if (!placement.isAtRest) return 'a round runs'
  if (book.isAnyAtWork) return 'an application is at work'
  for (const { name, open, machine, sidecar, isAnyLeaving } of hosts) {
    if (isAnyLeaving) return `actors leave ${name}`
    if (machine === null || !sidecar?.hasLease) return `${name} has no lease`
    if (open.size > 0) return `${name} has ${open.size} calls`
    const { waiting, running, forwarded } = machine.measures
    if (waiting + running + forwarded > 0) return `the machine of ${name} has calls`
    if (sidecar.generation !== placement.news.table.generation) return `${name} is behind`
  }
  for (const { type, id } of keys) {
    const owners = hosts.filter(({ sidecar }) => sidecar?.locate(type, id).kind === 'here')
    if (owners.length !== 1) return `${type}/${id} has ${owners.length} owners`
  }
  return null
}

/** Whoever calls whatever is answered now, and soon. */
function callAll(world: World): void {
  const missing = new Set<string>()
  for (const host of world.hosts) {
    for (const key of world.keys) {
      const name = `${keyName(key)} at ${host.name}`
      missing.add(name)
      const request = world.book.request(keyName(key), false)
      world.callers.make(host, key, request, 2_500, false, (result) => {
        // Bounds may be smaller than so many calls at once.
        const isFull = result.kind === 'problem' && result.problem.code === 'too_many_calls'
        if (result.kind === 'answered' || isFull) missing.delete(name)
      })
    }
  }
  world.runUntil(world.schedule.nowUs + 3 * second)
  if (missing.size > 0) fail('all is answered again', `not ${[...missing].join(', ')}`)
}
