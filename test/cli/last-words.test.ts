import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lastWords } from '../../src/cli/servers/child.js'
import { scratchFolder } from '../support/scratch.js'

const line = (level: number, msg: string) => JSON.stringify({ level, msg })

test.each([
  ['what it said last', ['one', 'two'], 'two'],
  ['a line of pino by its message', [line(30, 'one'), line(30, 'two')], 'two'],
  ['an error before what it said as it stopped', [line(50, 'why'), line(40, 'slow')], 'why'],
  ['what was fatal to Postgres', ['x FATAL:  too old', 'x LOG:  shut down'], 'too old'],
  ['a line that only looks like one of pino', ['{"level":'], '{"level":'],
  ['nothing at all', [], 'it said nothing'],
])('of a program that ended: %s', (_name, lines, words) => {
  const file = join(scratchFolder({ onTestFinished }), 'log')
  writeFileSync(file, lines.map((one) => `${one}\n`).join(''))
  expect(lastWords(file)).toBe(words)
})
