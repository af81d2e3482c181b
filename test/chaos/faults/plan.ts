/** Faults of a run from its seed: alone, in pairs and in threes, with pauses in which all heals. */
import type { Random } from '../../simulation/kernel/random.js'
import type { Episode, Fault, Ways, Who } from './fault.js'

type Maker = readonly [weight: number, make: (random: Random) => Fault]

const makers: readonly Maker[] = [
  [4, (r) => ({ kind: 'kill', what: 'replica', who: who(r) })],
  [3, (r) => ({ kind: 'freeze', what: 'replica', who: who(r) })],
  [2, (r) => ({ kind: 'stop', what: 'replica', who: who(r) })],
  [3, (r) => ({ kind: 'kill', what: 'postgres', who: who(r) })],
  [3, (r) => ({ kind: 'freeze', what: 'postgres', who: who(r) })],
  [1, (r) => ({ kind: 'stop', what: 'postgres', who: who(r) })],
  [1, (r) => ({ kind: 'kill-all', what: r.pick(['replicas', 'databases']) })],
  [1, () => ({ kind: 'kill-nats' })],
  [1, () => ({ kind: 'freeze-nats' })],
  [4, (r) => ({ kind: 'cut-peers', who: who(r), from: r.pick(['one', 'all']), ways: ways(r) })],
  [2, (r) => ({ kind: 'slow-peers', who: who(r), delayMs: r.between(10, 600) })],
  [3, (r) => ({ kind: 'cut-postgres', who: who(r), ways: ways(r) })],
  [2, (r) => ({ kind: 'slow-postgres', who: who(r), delayMs: r.between(10, 600) })],
  [1, (r) => ({ kind: 'cut-nats', who: who(r), ways: ways(r) })],
  [1, (r) => ({ kind: 'cut-hosts', who: who(r), ways: ways(r) })],
  [2, (r) => ({ kind: 'reset', what: r.pick(['peers', 'postgres']), who: who(r) })],
  [1, () => ({ kind: 'transfer' })],
  [1, (r) => ({ kind: 'snapshot', who: who(r) })],
]

/**
 * What a run with hosts meets before that. First the actors of some move away, and back to them,
 * while these can be told of nothing and go on by their leases: the others have to wait. Then one
 * host sleeps past its lease, one dies, one goes, and some are cut off past their leases from all
 * but their actors. Then the replicas are restarted one after the other: not at the same time, for
 * nobody is removed while leaders change, and calls would only wait.
 */
function openingHostFaults(hosts: number): readonly Episode[] {
  const some = Math.max(1, Math.floor(hosts / 4))
  const all = Array.from({ length: hosts }, (_, host) => host)
  const moved = all.slice(-some)
  return [
    {
      afterMs: openingPauseMs,
      faults: [
        { fault: isolated(moved), startMs: 0, lastsMs: 4_500 },
        { fault: { kind: 'cordon-hosts', hosts: moved }, startMs: 300, lastsMs: 3_000 },
      ],
    },
    {
      afterMs: openingPauseMs,
      faults: [
        { fault: { kind: 'freeze-host', host: 0 }, startMs: 0, lastsMs: 14_000 },
        { fault: { kind: 'kill-host', host: 1 }, startMs: 0, lastsMs: 10_000 },
        { fault: { kind: 'stop-host', host: 2 }, startMs: 1_000, lastsMs: 2_500 },
        { fault: isolated(all.slice(3, 3 + some)), startMs: 0, lastsMs: 14_000 },
      ],
    },
    { afterMs: openingPauseMs, faults: [{ fault: { kind: 'roll' }, startMs: 0, lastsMs: 0 }] },
  ]
}

function isolated(hosts: readonly number[]): Fault {
  return { kind: 'isolate-hosts', hosts, ways: 'both' }
}

/** In a run with host processes. */
const hostMakers = (hosts: number): readonly Maker[] => [
  [8, (r) => ({ kind: 'kill-host', host: r.below(hosts) })],
  [8, (r) => ({ kind: 'freeze-host', host: r.below(hosts) })],
  [5, (r) => ({ kind: 'stop-host', host: r.below(hosts) })],
  [6, (r) => ({ kind: 'isolate-hosts', hosts: someHosts(r, hosts), ways: ways(r) })],
  [2, (r) => ({ kind: 'slow-hosts', hosts: someHosts(r, hosts), delayMs: r.between(10, 1_500) })],
  [4, (r) => ({ kind: 'cordon-hosts', hosts: someHosts(r, hosts) })],
  [2, () => ({ kind: 'roll' })],
]

/** Length of the faults that every run begins with, in ms; longer than an election takes. */
const openingMs = 2_500
const openingPauseMs = 500
/** Mean pause between two episodes. */
const pauseMs = 800
const lastsMs = [200, 8_000] as const
/** A host's lease has to run out now and then. */
const hostLastsFactor = 2
/** How many of an episode's faults begin within this time of its beginning, in ms. */
const spreadMs = 2_000

/** What every run meets first, however short it is. */
const openingFaults: readonly (readonly Fault[])[] = [
  [{ kind: 'kill', what: 'replica', who: 'leader' }],
  [{ kind: 'freeze', what: 'replica', who: 'leader' }],
  [
    { kind: 'kill', what: 'postgres', who: 'leader' },
    { kind: 'kill', what: 'replica', who: 'follower' },
  ],
  [{ kind: 'cut-peers', who: 'leader', from: 'all', ways: 'out' }],
  [
    { kind: 'freeze', what: 'postgres', who: 'leader' },
    { kind: 'slow-peers', who: 'follower', delayMs: 150 },
  ],
]

/**
 * Without end; the caller takes as many as it has time for.
 * @param hosts number of host processes
 */
export function* planFaults(random: Random, hosts: number): Generator<Episode> {
  if (hosts > 0) yield* openingHostFaults(hosts)
  yield* openings(openingFaults)
  yield* drawnFaults(random, hosts === 0 ? makers : [...makers, ...hostMakers(hosts)])
}

/** The same where hosts call one another. First hosts go and come back, and leaders die. */
export function* planCallFaults(random: Random, hosts: number): Generator<Episode> {
  yield* openings([
    [{ kind: 'stop-host', host: 0 }],
    [{ kind: 'kill', what: 'replica', who: 'leader' }],
    [{ kind: 'cut-calls', hosts: [1], ways: 'both' }],
    [{ kind: 'kill-host', host: 2 }],
    [
      { kind: 'kill', what: 'replica', who: 'leader' },
      { kind: 'stop-host', host: 3 },
    ],
  ])
  yield* openingHostFaults(hosts)
  const cut = (r: Random) =>
    ({ kind: 'cut-calls', hosts: someHosts(r, hosts), ways: ways(r) }) as const
  yield* drawnFaults(random, [...makers, ...hostMakers(hosts), [6, cut]])
}

function* openings(all: readonly (readonly Fault[])[]): Generator<Episode> {
  for (const faults of all) {
    const together = faults.map((fault) => ({ fault, startMs: 0, lastsMs: openingMs }))
    yield { afterMs: openingPauseMs, faults: together }
  }
}

function* drawnFaults(random: Random, all: readonly Maker[]): Generator<Episode> {
  for (;;) {
    const count = random.pick([1, 1, 1, 2, 2, 3])
    const faults = Array.from({ length: count }, (_, i) => {
      const fault = makeFault(random, all)
      const startMs = i === 0 || random.chance(0.3) ? 0 : random.below(spreadMs)
      // Short ones more often than long ones.
      const drawnMs = lastsMs[0] + (lastsMs[1] - lastsMs[0]) * random.next() ** 2
      const factor = 'host' in fault || 'hosts' in fault ? hostLastsFactor : 1
      return { fault, startMs, lastsMs: Math.round(drawnMs * factor) }
    })
    yield { afterMs: Math.round(random.exponential(pauseMs)), faults }
  }
}

function makeFault(random: Random, makers: readonly Maker[]): Fault {
  let at = random.below(makers.reduce((sum, [weight]) => sum + weight, 0))
  for (const [weight, make] of makers) {
    if (at < weight) return make(random)
    at -= weight
  }
  throw new Error('the weights do not add up')
}

function who(random: Random): Who {
  return random.pick<Who>(['leader', 'leader', 'follower', 1, 2, 3])
}

function someHosts(random: Random, hosts: number): readonly number[] {
  const share = random.pick([0, 0, 0.25, 0.5])
  const chosen = Array.from({ length: hosts }, (_, host) => host).filter(() => random.chance(share))
  return chosen.length > 0 ? chosen : [random.below(hosts)]
}

function ways(random: Random): Ways {
  return random.pick<Ways>(['both', 'both', 'out', 'in'])
}
