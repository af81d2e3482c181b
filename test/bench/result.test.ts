import { expect, test } from 'vitest'
import type { Benchmark, Figure } from '../../bench/harness/benchmark.js'
import { digits, pageOf, readResult, resultOf, writeResult } from '../../bench/harness/result.js'
import { scratchFolder } from '../support/scratch.js'

const figures: readonly Figure[] = [
  {
    ...{ what: 'p50, 1 in flight', unit: 'ms', samples: [3, 1, 2] },
    reference: { what: 'etcd', samples: [1, 1, 1] },
    target: { of: 'ratio', atMost: 1.2 },
  },
  { what: 'rate', unit: 'changes/s', samples: [1_234.5], target: { of: 'value', atLeast: 1_000 } },
  { what: 'own', unit: 'µs', samples: [40.04, 40.04] },
]
const benchmark: Benchmark = {
  name: 'commit',
  summary: 'a change',
  compared: '\nOne beside the other.\n',
  fairness: '\nBoth are durable.\n',
  repetitions: 3,
  run: async () => figures,
}
const run = { isQuick: false, repetitions: 3, loadBefore: 0, versions: { etcd: '3.4.23' }, figures }
const result = resultOf(benchmark, run)

test('a page shows medians with their spread, ratios, and what misses its target', () => {
  const rows = pageOf(result)
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| |'))
  expect(rows.slice(1)).toEqual([
    '| p50, 1 in flight | 2 (1–3) ms | 1 ms (etcd) | 2 (1–3) × | ≤ 1.2 × | **no** |',
    '| rate | 1,235 changes/s |  |  | ≥ 1,000 changes/s | yes |',
    '| own | 40 µs |  |  |  |  |',
  ])
})

test('a page says what is compared, why that is fair, and of which versions', () => {
  const page = pageOf(result)
  for (const said of ['One beside the other.', 'Both are durable.', 'etcd 3.4.23']) {
    expect(page).toContain(said)
  }
  expect(page).not.toContain('quick')
  expect(pageOf({ ...result, isQuick: true })).toContain('it measures nothing')
})

test('a page says that others used the machine', () => {
  const busy = { ...result, loadBefore: 16.3, machine: { ...result.machine, cores: 2 } }
  expect(pageOf(busy)).toContain('before the run 16.3 programs ran or\nwaited for one of its 2 ')
  expect(pageOf({ ...busy, loadBefore: 0.5 })).not.toContain('busy')
})

test('a result is read as it was written, with its page beside it', (t) => {
  const folder = `${scratchFolder(t)}/new/results`
  expect(writeResult(folder, result)).toBe(pageOf(result))
  expect(readResult(`${folder}/commit.json`)).toEqual(result)
})

test('three digits are shown', () => {
  expect([0.1234, 1.234, 12.34, 123.4, 12_345].map(digits)).toEqual([
    ...['0.12', '1.23', '12.3', '123', '12,345'],
  ])
})
