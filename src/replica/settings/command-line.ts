/** The settings of a replica from flags, environment and a file. */
import { type Environment, readProgram, type SettingsProgram } from '../../settings/command-line.js'
import {
  type ReplicaSettings,
  type ReplicaTable,
  type SettingName,
  settingsTable,
} from './settings-table.js'

const replicaProgram: SettingsProgram<ReplicaTable, SettingName> = {
  name: 'berth replica',
  description:
    'Run one replica of a cluster. Every setting can be given as a flag, as an environment ' +
    'variable, or in a file; flags win, then variables. The password of the database may stand ' +
    'in PGPASSFILE or PGPASSWORD.',
  table: settingsTable,
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
