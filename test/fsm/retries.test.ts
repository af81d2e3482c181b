import { beforeEach, describe, expect, test } from 'vitest'
import type { Command } from '../../src/fsm/command.js'
import { resultAgeMsMax, resultsMax } from '../../src/fsm/limits.js'
import type { Applied } from '../../src/fsm/placement-state.js'
import { hostOf, Replica } from './replica.js'

/** What a retry gets, of what the first one got. */
const repeatOf = ({ result, of }: Applied) => ({ result, of, repeated: true })

describe('retries:', () => {
  let replica: Replica
  beforeEach(async () => {
    replica = await Replica.begun()
  })

  const cordon = (name: string, cordoned = true): Command => ({
    kind: 'cordon',
    atMs: replica.atMs,
    namespace: 'default',
    name,
    cordoned,
  })

  /** Time goes by with commands in it, none an hour behind the one before. */
  const passes = (ms: number) => {
    const endMs = replica.atMs + ms
    while (replica.atMs < endMs) {
      replica.atMs = Math.min(endMs, replica.atMs + 3_600_000)
      replica.run(cordon('z:1', false))
    }
  }

  describe('a retry under the same idempotency key', () => {
    test('gets the first result and does nothing, whatever happened since', () => {
      const first = replica.run(cordon('a:1'), 'k')
      expect(first).toMatchObject({ repeated: false, result: { outcome: 'changed' } })
      replica.run(cordon('a:1', false))
      replica.atMs += 1000
      const again = replica.run(cordon('a:1'), 'k')
      const { command: _, ...done } = again
      expect(done).toEqual({ ...repeatOf(first), events: [], namespaces: [] })
      expect(replica.namespace.isCordoned('a:1')).toBe(false)
    })

    test('gets the place in the log and the generation of the first', () => {
      replica.upsert({ name: 'a:1' })
      const first = replica.run(cordon('a:1'), 'k')
      expect(first.result).toMatchObject({ outcome: 'changed', generation: 2 })
      expect(first.of).toEqual({ index: replica.state.appliedIndex, term: 1 })
      replica.run(cordon('a:1', false))
      replica.term = 2
      expect(replica.run(cordon('a:1'), 'k')).toMatchObject(repeatOf(first))
    })

    test('of an eviction is one, although the host has gone', () => {
      const evict = (epoch: number): Command => ({
        kind: 'remove',
        atMs: replica.atMs,
        term: replica.term,
        hosts: [{ namespace: 'default', name: 'a:1', epoch, reason: 'evicted', refuseMs: 0 }],
      })
      replica.upsert({ name: 'a:1' })
      const first = replica.run(evict(replica.epochOf('a:1')), 'k')
      expect(first.result).toEqual({ kind: 'remove', hosts: [{ removed: true, generation: 2 }] })
      expect(replica.run(evict(0), 'k')).toMatchObject(repeatOf(first))
    })

    test('is known by what it asks for, not by its time or term', () => {
      const upsert = (term: number): Command => {
        const { atMs } = replica
        return { kind: 'upsert', atMs, term, hosts: [hostOf({ name: 'a:1' })] }
      }
      const { result } = replica.run(upsert(1), 'k')
      replica.term = 2
      replica.atMs += 5
      expect(replica.run(upsert(2), 'k')).toMatchObject({ repeated: true, result })
      expect(replica.namespace.newest).toBe(1)
    })

    test('that asks for something else is told so and does nothing', () => {
      replica.run(cordon('a:1'), 'k')
      const { result, repeated } = replica.run(cordon('b:1'), 'k')
      expect([result, repeated]).toEqual([{ kind: 'nothing', why: 'key_reused' }, false])
      expect(replica.namespace.isCordoned('b:1')).toBe(false)
      expect(replica.run(cordon('a:1'), 'k').repeated).toBe(true)
    })

    test('of a command that was not decided upon is a first try', () => {
      const { atMs } = replica
      const hosts = [hostOf({ name: 'a:1' })]
      const { result } = replica.run({ kind: 'upsert', atMs, term: 9, hosts }, 'k')
      expect(result).toEqual({ kind: 'nothing', why: 'other_term' })
      expect(replica.run({ kind: 'upsert', atMs, term: 1, hosts }, 'k')).toMatchObject({
        repeated: false,
        result: { kind: 'upsert', hosts: [{ changed: true }] },
      })
    })

    test('without a key runs again', () => {
      replica.run(cordon('a:1'))
      expect(replica.run(cordon('a:1')).result).toMatchObject({ outcome: 'unchanged' })
    })
  })

  describe('results are kept', () => {
    test('for a day by the time in the commands, and no longer', () => {
      replica.run(cordon('a:1'), 'k')
      passes(resultAgeMsMax)
      expect(replica.run(cordon('a:1'), 'k').repeated).toBe(true)
      replica.atMs += 1
      expect(replica.run(cordon('a:1'), 'k')).toMatchObject({
        repeated: false,
        result: { outcome: 'unchanged' },
      })
    })

    test('through a clock that goes wrong, ahead or back, for some commands', () => {
      replica.run(cordon('a:1'), 'k')
      const right = replica.atMs
      for (const days of [400, 0, -400, 0, 400, -400]) {
        replica.atMs = right + days * 86_400_000
        expect(replica.run(cordon('a:1'), 'k'), `${days} days off`).toMatchObject({
          repeated: true,
        })
      }
    })

    test('up to a number, then the oldest go', () => {
      for (let i = 0; i < resultsMax; i += 1) replica.run(cordon('a:1', i % 2 === 0), `k${i}`)
      expect(replica.run(cordon('a:1'), 'k0').repeated).toBe(true)
      replica.run(cordon('a:1'), 'one more')
      expect(replica.run(cordon('a:1', false), 'k1').repeated).toBe(true)
      expect(replica.run(cordon('a:1'), 'k0').repeated).toBe(false)
    }, 20_000)
  })
})
