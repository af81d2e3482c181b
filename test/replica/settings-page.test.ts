/** docs/settings.md and docs/sidecar.md say what the tables in the source say, and nothing else. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { defaultSettings } from '../../src/fsm/settings.js'
import { settingNames } from '../../src/fsm/settings-check.js'
import { settingsTable } from '../../src/replica/settings/settings-table.js'
import { flagOf, type Setting, variableOf } from '../../src/settings/settings-table.js'
import { settingsTable as sidecarTable } from '../../src/sidecar-process/settings/settings-table.js'

const rowsOf = (page: string) =>
  readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
const rows = rowsOf('settings.md')

function rowOf(name: string, { kind, help, byDefault }: Setting<unknown>): string {
  const isSwitch = kind.placeholder === undefined
  const flag = isSwitch ? flagOf(name) : `${flagOf(name)} ${kind.placeholder}`
  const value =
    byDefault === undefined ? 'must be given' : byDefault === '' ? 'none' : `\`${byDefault}\``
  const range = kind.range === undefined ? '' : ` (${kind.range})`
  return `| \`${flag}\` | \`${variableOf(name)}\` | ${value} | ${help}${range} |`
}

test('the page has a row for each setting of a replica, and no other', () => {
  const expected = Object.entries(settingsTable).map(([name, setting]) => rowOf(name, setting))
  expect(rows.filter((row) => row.startsWith('| `--'))).toEqual(expected)
})

test('the page of the sidecar has a row for each of its settings, and no other', () => {
  const found = rowsOf('sidecar.md').filter((row) => row.startsWith('| `--'))
  const expected = Object.entries(sidecarTable).map(([name, setting]) => rowOf(name, setting))
  expect(found).toEqual(expected)
})

test('the page has a row for each setting of a cluster, with its default', () => {
  const found = rows.filter((row) => !row.startsWith('| `--'))
  expect(found.map((row) => row.split('|').slice(1, 3).join('|').trim())).toEqual(
    settingNames.map((name) => `\`${name}\` | ${defaultSettings[name]}`),
  )
})
