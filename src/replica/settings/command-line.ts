/** The settings from flags and environment, and the help text: all made from the settings table. */
import { Command, CommanderError } from 'commander'
import { BerthError } from '../../errors/berth-error.js'
import { withoutValue } from '../../log/shown-url.js'
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

type Environment = Readonly<Record<string, string | undefined>>
type Options = Readonly<Record<string, string | boolean | undefined>>

/** A program that takes settings of the table. */
export interface SettingsProgram<Name extends SettingName> {
  /** `berth replica` */
  readonly name: string
  readonly description: string
  readonly settings: readonly Name[]
  /** Switches that only a flag sets: `--yes` and what it means. */
  readonly switches: Readonly<Record<string, string>>
}

export interface ReadProgram<Name extends SettingName> {
  readonly settings: Pick<ReplicaSettings, Name>
  /** Names of the switches that were given, without dashes. */
  readonly given: ReadonlySet<string>
}

const replicaProgram: SettingsProgram<SettingName> = {
  name: 'berth replica',
  description:
    'Run one replica of a cluster. Every setting can be given as a flag or as an environment ' +
    'variable; flags win. The password of the database may stand in PGPASSFILE or PGPASSWORD.',
  settings: Object.keys(settingsTable) as SettingName[],
  switches: {},
}

/**
 * @param args without `node`, the script and the word `replica`
 * @returns null when help was asked for and has been written
 * @throws BerthError `invalid_config`
 */
export function readCommandLine(
  args: readonly string[],
  environment: Environment,
  write: (text: string) => void,
): ReplicaSettings | null {
  return readProgram(replicaProgram, args, environment, write)?.settings ?? null
}

/** As `readCommandLine`, of any program. */
export function readProgram<Name extends SettingName>(
  program: SettingsProgram<Name>,
  args: readonly string[],
  environment: Environment,
  write: (text: string) => void,
): ReadProgram<Name> | null {
  const { name, description, settings, switches } = program
  const command = new Command(name)
    .description(description)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .showSuggestionAfterError(false)
  for (const setting of settings) addSetting(command, setting)
  for (const [word, help] of Object.entries(switches)) command.option(`--${word}`, help)
  try {
    command.parse([...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed') return null
    const reason = withoutValue(error.message.replace(/^error: /, ''))
    const detail = `${reason}. See: ${name} --help`
    throw new BerthError('invalid_config', detail)
  }
  const options = command.opts<Options>()
  return {
    settings: readSettings(settings, (setting) => givenSetting(setting, options, environment)),
    given: new Set(Object.keys(switches).filter((word) => options[word] === true)),
  }
}

function addSetting(command: Command, name: SettingName): void {
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

function givenSetting(
  name: SettingName,
  options: Options,
  environment: Environment,
): GivenSetting | undefined {
  const option = options[name]
  if (option !== undefined) return { text: String(option), source: flagOf(name) }
  const variable = variableOf(name)
  const value = environment[variable]
  return value === undefined ? undefined : { text: value, source: variable }
}
