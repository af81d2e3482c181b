/** The settings of a sidecar from flags, environment and a file. */
import { type Environment, readProgram, type SettingsProgram } from '../../settings/command-line.js'
import {
  type SettingName,
  type SidecarSettings,
  type SidecarTable,
  settingsTable,
} from './settings-table.js'

const sidecarProgram: SettingsProgram<SidecarTable, SettingName> = {
  name: 'berth sidecar',
  description:
    'Run a sidecar beside an application: it joins the cluster for it, brings calls to its ' +
    'actors and to those of other hosts, and answers it who owns what. Every setting can be ' +
    'given as a flag, as an environment variable, or in a file; flags win, then variables.',
  table: settingsTable,
  settings: Object.keys(settingsTable) as SettingName[],
  switches: {},
}

/**
 * @param args without `node`, the script and the word `sidecar`
 * @returns null when help was asked for and has been written
 * @throws BerthError `invalid_config`
 */
export function readCommandLine(
  args: readonly string[],
  environment: Environment,
  write: (text: string) => void,
): SidecarSettings | null {
  return readProgram(sidecarProgram, args, environment, write)?.settings ?? null
}
