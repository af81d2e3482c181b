/**
 * The settings of a program from flags, environment and a file, and its help text: all made from
 * its table of settings.
 */
import { Command, CommanderError } from 'commander'
import { BerthError } from '../errors/berth-error.js'
import { withoutValue } from '../log/shown-url.js'
import { cameAsUtf8 } from '../wire/well-formed.js'
import { type GivenSetting, readSettings } from './read-settings.js'
import { readSettingsFile } from './settings-file.js'
import {
  flagOf,
  type NameOf,
  type Setting,
  type SettingsTable,
  type ValuesOf,
  variableOf,
} from './settings-table.js'

export type Environment = Readonly<Record<string, string | undefined>>
type Options = Readonly<Record<string, string | boolean | undefined>>

/** A program that takes settings of a table. */
export interface SettingsProgram<Table extends SettingsTable, Name extends NameOf<Table>> {
  /** `berth replica` */
  readonly name: string
  readonly description: string
  /** A file may have all of its names, whichever of them the program takes. */
  readonly table: Table
  readonly settings: readonly Name[]
  /** Switches that only a flag sets: `--yes` and what it means. */
  readonly switches: Readonly<Record<string, string>>
}

export interface ReadProgram<Table extends SettingsTable, Name extends NameOf<Table>> {
  readonly settings: Pick<ValuesOf<Table>, Name>
  /** Names of the switches that were given, without dashes. */
  readonly given: ReadonlySet<string>
}

/** The one setting that no table has: where the file with the others is. */
const fileName = 'config'
const fileHelp = 'file with settings, in YAML or JSON; flags and variables win over it'

/**
 * A flag wins over the environment, that over the file, and that over the default.
 *
 * @param args without `node`, the script and the name of the program
 * @returns null when help was asked for and has been written
 * @throws BerthError `invalid_config`
 */
export function readProgram<Table extends SettingsTable, Name extends NameOf<Table>>(
  program: SettingsProgram<Table, Name>,
  args: readonly string[],
  environment: Environment,
  write: (text: string) => void,
): ReadProgram<Table, Name> | null {
  const { name, table, settings, switches } = program
  const command = commandOf(program, write)
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
  const inFile = readFile(givenSetting(fileName, options, environment), Object.keys(table))
  return {
    settings: readSettings(
      table,
      settings,
      (setting) => givenSetting(setting, options, environment) ?? inFile.get(setting),
    ),
    given: new Set(Object.keys(switches).filter((word) => options[word] === true)),
  }
}

function commandOf<Table extends SettingsTable, Name extends NameOf<Table>>(
  { name, description, table, settings, switches }: SettingsProgram<Table, Name>,
  write: (text: string) => void,
): Command {
  const command = new Command(name)
    .description(description)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .showSuggestionAfterError(false)
  command.option(`${flagOf(fileName)} <file>`, `${fileHelp}  [${variableOf(fileName)}]`)
  for (const setting of settings) addSetting(command, setting, table[setting]!)
  for (const [word, help] of Object.entries(switches)) command.option(`--${word}`, help)
  return command
}

function addSetting(
  command: Command,
  name: string,
  { kind, help, byDefault }: Setting<unknown>,
): void {
  const isSwitch = kind.placeholder === undefined
  const flags = isSwitch ? flagOf(name) : `${flagOf(name)} ${kind.placeholder}`
  const facts = [
    ...(kind.range === undefined ? [] : [kind.range]),
    ...(isSwitch || byDefault === undefined || byDefault === '' ? [] : [`default: ${byDefault}`]),
  ]
  const shown = facts.length === 0 ? '' : ` (${facts.join('; ')})`
  command.option(flags, `${help}${shown}  [${variableOf(name)}]`)
}

/** An empty variable says that there is no file. */
function readFile(
  found: GivenSetting | undefined,
  names: readonly string[],
): ReadonlyMap<string, GivenSetting> {
  if (found === undefined || (found.text === '' && found.source === variableOf(fileName))) {
    return new Map()
  }
  const { text, source } = found
  if (text === '' || text.includes('\0') || !cameAsUtf8(text)) {
    throw new BerthError('invalid_config', `${source}: what was given is no path of a file.`)
  }
  return readSettingsFile(text, names)
}

/** Of `noNats` the parser makes that `nats` is false. */
function optionOf(name: string, options: Options): string | boolean | undefined {
  const [, first, rest] = /^no([A-Z])(.*)$/.exec(name) ?? []
  if (first === undefined) return options[name]
  return options[`${first.toLowerCase()}${rest}`] === false ? true : undefined
}

function givenSetting(
  name: string,
  options: Options,
  environment: Environment,
): GivenSetting | undefined {
  const option = optionOf(name, options)
  if (option !== undefined) return { text: String(option), source: flagOf(name) }
  const variable = variableOf(name)
  const value = environment[variable]
  return value === undefined ? undefined : { text: value, source: variable }
}
