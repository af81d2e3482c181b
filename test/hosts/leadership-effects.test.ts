import { expect, test } from 'vitest'
import type { Command } from '../../src/fsm/command.js'
import { LeadershipEffects } from '../../src/hosts/leadership-effects.js'

function removing(...namespaces: readonly string[]): Command {
  const hosts = namespaces.map((namespace) => ({
    ...{ namespace, name: 'a:1', epoch: 5, reason: 'expired' as const },
  }))
  return { kind: 'remove', atMs: 0, term: 4, hosts }
}

test('hosts that come or go count in their own namespaces, until the last outcome is known', () => {
  const effects = new LeadershipEffects()
  effects.propose(removing('a', 'a', 'b'), { kind: 'remove', leases: [] })
  effects.propose(removing('b'), { kind: 'remove', leases: [] })
  const record = { kind: 'disseminated', atMs: 0, term: 4, namespace: 'c', generation: 2 } as const
  effects.propose(record, { kind: 'disseminated', namespace: 'c', generation: 2 })
  const changing = () => ['a', 'b', 'c'].filter((name) => effects.hasChanges(name))
  expect(changing()).toEqual(['a', 'b'])
  expect([...effects.settle(1)!.namespaces]).toEqual(['a', 'b'])
  expect(changing()).toEqual(['b'])
  expect(effects.settle(1)).toBe(undefined)
  expect(changing()).toEqual(['b'])
  effects.settle(2)
  expect([...effects.settle(3)!.namespaces]).toEqual([])
  expect(changing()).toEqual([])
})
