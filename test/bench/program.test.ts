import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { benchmarks } from '../../bench/benchmarks/all.js'
import { readResult } from '../../bench/harness/result.js'
import type { Owner } from '../support/owner.js'
import { startProcess, type TestProcess } from '../support/process.js'
import { root } from '../support/program.js'
import { scratchFolder } from '../support/scratch.js'

function bench(owner: Owner, args: readonly string[]): TestProcess {
  const program = ['--import', `${root}scripts/typescript.mjs`, `${root}bench/main.ts`]
  return startProcess(owner, process.execPath, [...program, ...args], { cwd: root })
}

test('a quick run prints its page and writes it beside its samples', async (t) => {
  const folder = scratchFolder(t)
  const run = bench(t, ['append', '--quick', '--out', folder])
  expect(await run.exited).toEqual({ code: 0, signal: null })
  const { isQuick, figures, versions } = readResult(`${folder}/append.json`)
  expect(isQuick).toBe(true)
  expect(figures.map(({ what }) => what)).toContain('p50, 1024 entries')
  for (const { samples, reference } of figures) {
    expect([...samples, ...reference!.samples].every((ms) => ms > 0)).toBe(true)
    expect([samples.length, reference!.samples.length]).toEqual([1, 1])
  }
  expect(Object.keys(versions)).toEqual(['Berth', 'Node', 'Postgres'])
  const page = readFileSync(`${folder}/append.md`, 'utf8')
  expect(run.lines.join('\n')).toContain(page.trimEnd())
})

test('the help names all benchmarks', async (t) => {
  const help = bench(t, ['--help'])
  expect((await help.exited).code).toBe(0)
  for (const { name, summary } of benchmarks) {
    expect(help.lines.some((line) => line.includes(name) && line.includes(summary))).toBe(true)
  }
})

test('an unknown benchmark is refused with the names that there are', async (t) => {
  const wrong = bench(t, ['fast'])
  expect((await wrong.exited).code).toBe(1)
  expect(wrong.lines.join('\n')).toContain('there is no benchmark fast; there are commit,')
})
