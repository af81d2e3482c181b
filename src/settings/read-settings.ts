/** Values of settings from what was given, each checked by its kind. */
import { BerthError } from '../errors/berth-error.js'
import { cameAsUtf8 } from '../wire/well-formed.js'
import {
  flagOf,
  type NameOf,
  type Setting,
  type SettingsTable,
  type ValuesOf,
  variableOf,
} from './settings-table.js'

/** One value that was given, and where, for the message when it is wrong. */
export interface GivenSetting {
  readonly text: string
  readonly source: string
}

/**
 * Reads the settings of these names.
 * @throws BerthError `invalid_config` that names the setting, its source and what it should be
 */
export function readSettings<Table extends SettingsTable, Name extends NameOf<Table>>(
  table: Table,
  names: readonly Name[],
  given: (name: Name) => GivenSetting | undefined,
): Pick<ValuesOf<Table>, Name> {
  const values = names.map((name) => [name, readSetting(name, table[name]!, given(name))])
  return Object.fromEntries(values) as Pick<ValuesOf<Table>, Name>
}

function readSetting(
  name: string,
  { kind, byDefault }: Setting<unknown>,
  found: GivenSetting | undefined,
): unknown {
  const written = found?.text ?? byDefault
  if (written === undefined) {
    throw wrong(`${flagOf(name)} (or ${variableOf(name)}) is missing: ${kind.form}.`)
  }
  const source = found?.source ?? 'default'
  if (!cameAsUtf8(written)) throw wrong(`${source}: what was given is no text in UTF-8.`)
  const value = kind.parse(written)
  if (value !== undefined) return value
  const shown = kind.isSecret === true ? 'what was given' : `"${written}"`
  const fault = kind.whyNot?.(written) ?? null
  const why = fault === null ? '' : `: ${fault}`
  throw wrong(`${source}: ${shown} is not ${kind.form}${why}.`)
}

function wrong(detail: string): BerthError {
  return new BerthError('invalid_config', detail)
}
