/** The settings from flags and environment, and the help text: all made from the settings table. */
import { Command, CommanderError } from 'commander'
import { BerthError } from '../errors/berth-error.js'
import {
  flagOf,
  type GivenSetting,
  type ReplicaSettings,
  readSettings,
  type Setting,
  type SettingName,
  settingsTable,
  variableOf,
} from './settings-table.js'

/**
 * @param args without `node`, the script and the word `replica`
 * @returns null when help was asked for and has been written
 * @throws BerthError `invalid_config`
 */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  write: (text: string) => void,
): ReplicaSettings | null {
  const names = Object.keys(settingsTable) as SettingName[]
  const command = new Command('berth replica')
    .description(
      'Run one replica of a cluster. Every setting can be given as a flag or as an environment ' +
        'variable; flags win. The password of the database may stand in PGPASSFILE or PGPASSWORD.',
    )
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .showSuggestionAfterError(false)
  for (const name of names) {
    const { kind, help, byDefault }: Setting<unknown> = settingsTable[name]
    const isSwitch = kind.placeholder === undefined
    const flags = isSwitch ? flagOf(name) : `${flagOf(name)} ${kind.placeholder}`
    const facts = [
      ...(kind.range === undefined ? [] : [kind.range]),
      ...(isSwitch || byDefault === undefined || byDefault === '' ? [] : [`default: ${byDefault}`]),
    ]
    const shown = facts.length === 0 ? '' : ` (${facts.join('; ')})`
    command.option(flags, `${help}${shown}  [${variableOf(name)}]`)
  }
  try {
    command.parse([...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed') return null
    const detail = `${error.message.replace(/^error: /, '')}. See: berth replica --help`
    throw new BerthError('invalid_config', detail)
  }
  const options = command.opts<Record<string, string | boolean | undefined>>()
  return readSettings((name) => givenSetting(name, options, environment))
}

function givenSetting(
  name: SettingName,
  options: Readonly<Record<string, string | boolean | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): GivenSetting | undefined {
  const option = options[name]
  if (option !== undefined) return { text: String(option), source: flagOf(name) }
  const variable = variableOf(name)
  const value = environment[variable]
  return value === undefined ? undefined : { text: value, source: variable }
}
