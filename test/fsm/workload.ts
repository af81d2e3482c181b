/** Commands at random, such as a cluster of a dozen hosts in two namespaces would bring about. */
import type { Command } from '../../src/fsm/command.js'
import { typesLevel } from '../../src/versions/versions.js'
import type { Random } from '../table/seeds.js'
import { hostOf, type Replica } from './replica.js'

const typeLists = [['Cart'], ['Order', 'Cart'], ['Stock'], ['Stock', 'Order', 'Cart'], []]
const reasons = ['left', 'expired', 'evicted', 'straggler'] as const

export function randomCommand(random: Random, replica: Replica): Command {
  replica.atMs += random.below(5_000)
  if (random.chance(0.05)) replica.term += 1
  const { atMs } = replica
  const term = random.chance(0.95) ? replica.term : replica.term - 1
  const namespace = random.chance(0.8) ? 'default' : 'blue'
  const name = () => `10.0.0.1:${1 + random.below(12)}`
  const makers: (() => Command)[] = [
    () => ({
      kind: 'upsert',
      atMs,
      term,
      hosts: Array.from({ length: 1 + random.below(5) }, () =>
        hostOf({
          name: name(),
          run: 1 + random.below(3),
          types: random.pick(typeLists),
          appId: random.pick(['app', 'app', 'other']),
          level: random.pick([1, 1, 2]),
          namespace: random.chance(0.9) ? namespace : 'green',
        }),
      ),
    }),
    () => ({
      kind: 'remove',
      atMs,
      term,
      hosts: Array.from({ length: 1 + random.below(3) }, () => {
        const host = name()
        const epoch = replica.state.namespace(namespace)?.member(host)?.epoch ?? 5
        const reason = random.pick(reasons)
        return { namespace, name: host, epoch, reason, refuseMs: random.below(10_000) }
      }),
    }),
    () => {
      const { disseminated, newest } = replica.state.namespace(namespace) ?? replica.namespace
      const generation = disseminated + random.below(newest - disseminated + 2)
      return { kind: 'disseminated', atMs, term, namespace, generation }
    },
    () => ({ kind: 'cordon', atMs, namespace, name: name(), cordoned: random.chance(0.5) }),
    () => ({
      kind: 'settings',
      atMs,
      settings: random.chance(0.3)
        ? { factor: random.pick([50, 100]) }
        : { hostTimeoutMs: random.pick([7_000, 8_000, 9_000]) },
    }),
    () => ({ kind: 'lead', atMs, term, replica: 1 + random.below(3), key: `key ${term}` }),
    () => ({ kind: 'drop', atMs, namespace, spent: random.chance(0.5) }),
    () => ({ kind: 'lift', atMs, namespace, name: name() }),
    // A clock that goes wrong for one command, and back with the next.
    () => ({
      kind: 'clock',
      atMs: Math.max(0, atMs + (random.below(3) - 1) * 34_560_000_000),
      elapsedMs: random.below(5_000),
    }),
  ]
  const shares = [0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8]
  if (replica.state.level >= typesLevel) {
    makers.push(() => ({
      kind: 'retype',
      atMs,
      term,
      hosts: Array.from({ length: 1 + random.below(3) }, () => {
        const host = name()
        const epoch = replica.state.namespace(namespace)?.member(host)?.epoch ?? 5
        const types = random.pick(typeLists)
        return { namespace, name: host, epoch, number: 1 + random.below(20), types }
      }),
    }))
    shares.push(9, 9, 9)
  }
  return makers[random.pick(shares)]!()
}

/** Runs one random command, with an idempotency key now and then, which others had as well. */
export function runRandom(random: Random, replica: Replica): ReturnType<Replica['run']> {
  const key = random.chance(0.2) ? `key-${random.below(10)}` : undefined
  return replica.run(randomCommand(random, replica), key)
}
