import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { readProgram } from '../../src/settings/command-line.js'
import { flag, listOf, natsUrl, text, wholeNumber } from '../../src/settings/setting-kinds.js'
import { setting } from '../../src/settings/settings-table.js'
import { scratchFolder } from '../support/scratch.js'

const table = {
  count: setting(wholeNumber(1, 9), 'how many', '1'),
  names: setting(listOf(text), 'which', ''),
  isLoud: setting(flag, 'whether to shout', 'false'),
  noEcho: setting(flag, 'whether to be without an echo', 'false'),
  natsUrl: setting(listOf(natsUrl), 'where', ''),
  ofOthers: setting(wholeNumber(1, 9), 'what another program takes', '1'),
}
const settings = ['count', 'names', 'isLoud', 'noEcho', 'natsUrl'] as const
const program = { name: 'berth x', description: 'X.', table, settings, switches: { yes: 'do it' } }

let path = ''
beforeEach(() => {
  path = join(scratchFolder({ onTestFinished }), 'x.yaml')
})

const read = (args: readonly string[], environment: Record<string, string> = {}) =>
  readProgram(program, args, environment, () => undefined)?.settings

test('a flag wins over a variable, that over the file, and that over the default', () => {
  writeFileSync(path, 'count: 2\nnames: [a, b]\nisLoud: true\n')
  const config = ['--config', path]
  expect(read([])).toMatchObject({ count: 1, names: [], isLoud: false })
  expect(read(config)).toMatchObject({ count: 2, names: ['a', 'b'], isLoud: true })
  expect(read(config, { BERTH_COUNT: '3' })).toMatchObject({ count: 3, names: ['a', 'b'] })
  const all = read([...config, '--count', '4'], { BERTH_COUNT: '3', BERTH_IS_LOUD: 'false' })
  expect(all).toMatchObject({ count: 4, isLoud: false })
})

test('the file can be named by a variable; an empty one names none, and a flag wins', () => {
  writeFileSync(path, 'count: 2\n')
  expect(read([], { BERTH_CONFIG: path })).toMatchObject({ count: 2 })
  expect(read([], { BERTH_CONFIG: '' })).toMatchObject({ count: 1 })
  expect(read(['--config', path], { BERTH_CONFIG: '/nowhere' })).toMatchObject({ count: 2 })
  expect(() => read([], { BERTH_CONFIG: '/nowhere' })).toThrow(/^--config \/nowhere: it cannot/)
  expect(() => read(['--config', ''])).toThrow('--config: what was given is no path of a file.')
})

test('what is wrong in the file is told with file and key, and no secret is shown', () => {
  writeFileSync(path, 'count: 10\n')
  expect(() => read(['--config', path])).toThrow(
    `${path}: count: "10" is not a whole number from 1 to 9.`,
  )
  writeFileSync(path, 'natsUrl: "nats://:hunter2@a"\n')
  expect(() => read(['--config', path])).toThrow(`${path}: natsUrl: what was given is not a list`)
})

test('a file may have what other programs of the same table take', () => {
  writeFileSync(path, 'ofOthers: no number\n')
  expect(read(['--config', path])).not.toHaveProperty('ofOthers')
})

test('switches are no settings: a file cannot give them', () => {
  writeFileSync(path, 'yes: true\n')
  expect(() => read(['--config', path])).toThrow(/"yes" is no setting/)
})

test('a switch whose name begins with no is one as any other', () => {
  expect(read([])?.noEcho).toBe(false)
  expect(read(['--no-echo'], { BERTH_NO_ECHO: 'false' })?.noEcho).toBe(true)
  expect(read([], { BERTH_NO_ECHO: 'true' })?.noEcho).toBe(true)
})

test('the help has --config', () => {
  let help = ''
  expect(readProgram(program, ['--help'], {}, (part) => (help += part))).toBeNull()
  expect(help.replaceAll(/\s+/g, ' ')).toContain('--config <file> file with settings, in YAML')
  expect(help).toContain('[BERTH_CONFIG]')
})
