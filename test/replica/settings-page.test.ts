/** docs/settings.md says what the tables in the source say, and nothing else. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { defaultSettings } from '../../src/fsm/settings.js'
import { settingNames } from '../../src/fsm/settings-check.js'
import { type SettingName, settingsTable } from '../../src/replica/settings/settings-table.js'
import { flagOf, type Setting, variableOf } from '../../src/settings/settings-table.js'

const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8')
const rows = page.split('\n').filter((line) => line.startsWith('| `'))

function rowOf(name: SettingName): string {
  const { kind, help, byDefault }: Setting<unknown> = settingsTable[name]
  const isSwitch = kind.placeholder === undefined
  const flag = isSwitch ? flagOf(name) : `${flagOf(name)} ${kind.placeholder}`
  const value =
    byDefault === undefined ? 'must be given' : byDefault === '' ? 'none' : `\`${byDefault}\``
  const range = kind.range === undefined ? '' : ` (${kind.range})`
  return `| \`${flag}\` | \`${variableOf(name)}\` | ${value} | ${help}${range} |`
}

test('the page has a row for each setting of a replica, and no other', () => {
  const names = Object.keys(settingsTable) as SettingName[]
  expect(rows.filter((row) => row.startsWith('| `--'))).toEqual(names.map(rowOf))
})

test('the page has a row for each setting of a cluster, with its default', () => {
  const found = rows.filter((row) => !row.startsWith('| `--'))
  expect(found.map((row) => row.split('|').slice(1, 3).join('|').trim())).toEqual(
    settingNames.map((name) => `\`${name}\` | ${defaultSettings[name]}`),
  )
})
