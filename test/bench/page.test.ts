import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Result, readResult } from '../../bench/harness/result.js'
import { withResult } from '../../bench/report/page.js'
import { pictureOf } from '../../bench/report/picture.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

const result = (median: number): Result => ({
  ...{ benchmark: 'round', summary: 'one join', compared: '', fairness: '', at: '2026-01-01' },
  ...{ isQuick: false, loadBefore: 0, repetitions: 1, versions: {} },
  machine: { cpu: 'x', cores: 2, memoryGiB: 1, kernel: 'linux' },
  figures: [{ what: 'lock', unit: 'ms', samples: [median] }],
})

test('a result without a place is put at the end, and then replaced there', () => {
  const first = withResult('# Figures\n\nText.\n', result(3), true)
  expect(first).toContain('# Figures\n\nText.\n\n## round: one join\n')
  expect(first).toContain('| lock | 3 ms |')
  const second = withResult(`${first}\nBehind.\n`, result(4), true)
  expect(second).toContain('| lock | 4 ms |')
  expect(second).not.toContain('| lock | 3 ms |')
  expect(second).toContain('\nBehind.\n')
  expect(second.match(/## round/g)).toHaveLength(1)
})

test('a mark without its other one is refused', () => {
  expect(() => withResult('<!-- bench:round -->', result(1), false)).toThrow('not a pair')
})

test('the page and the pictures say what the results hold', () => {
  const page = readFileSync(`${root}docs/performance.md`, 'utf8')
  const files = readdirSync(`${root}bench/results`).filter((file) => file.endsWith('.json'))
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) {
    const held = readResult(`${root}bench/results/${file}`)
    const picture = pictureOf(held)
    const drawn = `${root}docs/performance/${held.benchmark}.svg`
    expect(existsSync(drawn) ? readFileSync(drawn, 'utf8') : null, file).toBe(picture)
    expect(withResult(page, held, picture !== null), `${file}: npm run bench:report`).toBe(page)
  }
})
