/**
 * `berth recover`: from the database of one replica, the beginning of a new history of its cluster.
 * For what a Raft cluster cannot heal by itself: most of its voters are lost for good, or all of
 * them, and a backup was restored by hand.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createHasher } from '../../hash/hasher.js'
import type { Log } from '../../log/log.js'
import { patienceMsDefault } from '../../network/name-lookup.js'
import { processNames } from '../../network/process-names.js'
import { runProgram } from '../../process/run-program.js'
import { OfflineDatabase } from '../../raft/store/offline-database.js'
import { type ReadProgram, readProgram, type SettingsProgram } from '../../settings/command-line.js'
import { createTableContext } from '../../table/table-context.js'
import { applicationName } from '../settings/configuration.js'
import { type ReplicaTable, settingsTable } from '../settings/settings-table.js'
import { planRecovery } from './plan.js'
import { describePlan } from './report.js'

const names = ['id', 'cluster', 'postgresUrl', 'postgresSchema', 'allowUnsafeFsync'] as const
type Name = (typeof names)[number]

const program: SettingsProgram<ReplicaTable, Name> = {
  name: 'berth recover',
  description:
    'Make the database of ONE replica, which does not run, the beginning of a new history of its ' +
    'cluster: with its members, cordons and settings, and that replica as the only voter. For a ' +
    'cluster whose majority is lost for good, or that is gone and whose database was restored ' +
    'from a backup. All other replicas must be stopped, and never be started again on their ' +
    'databases. A replica that still runs on this database is refused; one that is not seen is ' +
    'cut off, as by a second replica. Without --yes it shows what it would do, no more. ' +
    'The password of the database may stand in PGPASSFILE or PGPASSWORD.',
  table: settingsTable,
  settings: names,
  switches: { yes: 'do it' },
}

const connectTimeoutMs = 5_000

const say = (line: string) => void process.stdout.write(`${line}\n`)

async function main(): Promise<void> {
  const read = readProgram(program, process.argv.slice(3), process.env, (text) =>
    process.stdout.write(text),
  )
  if (read === null) return
  const { postgresUrl: url, postgresSchema: schema, allowUnsafeFsync } = read.settings
  const lookup = processNames.within(patienceMsDefault)
  const target = { url, schema, allowUnsafeFsync, connectTimeoutMs, lookup }
  const database = await OfflineDatabase.open({ ...target, applicationName: 'berth recover' }, log)
  try {
    await recover(database, read)
  } finally {
    await database.close()
  }
}

async function recover(
  database: OfflineDatabase,
  { settings, given }: ReadProgram<ReplicaTable, Name>,
): Promise<void> {
  const { id, cluster } = settings
  const { state, chunks, refused } = await database.read(applicationName(settings))
  for (const { index, fault } of refused) log.warn({}, `Snapshot ${index} is not used: ${fault}`)
  const origin = { uuid: randomUUID(), clusterId: randomUUID(), lineage: randomUUID() }
  const context = createTableContext(await createHasher())
  const plan = planRecovery({ id, cluster }, state, chunks, origin, context, Date.now())
  for (const line of describePlan(plan, database.described, cluster, id)) say(line)
  if (!given.has('yes')) {
    say('Nothing was changed. To do it, stop all replicas of this cluster and say --yes.')
    return
  }
  await database.takeOver()
  // No host of the old history may own anything once one of the new can: their leases run out
  // first. The last leader lost its majority, or was cut off just now, before this wait began.
  say(`Waiting ${plan.leasesMs / 1_000} s: until then hosts may hold leases of the old history.`)
  await pause(plan.leasesMs)
  await database.begin(plan.history)
  say(`Done: lineage ${origin.lineage}.`)
  say(`Start it with --id ${id} --peers ${id}=<host:port>.`)
  say('Then add other replicas, under new ids, with empty databases.')
}

const log: Log = {
  info: () => undefined,
  warn: (fields, message) => note(fields, message),
  error: (fields, message) => note(fields, message),
}

function note(fields: object, message: string): void {
  const facts = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`
  process.stderr.write(`berth recover: ${message}${facts}\n`)
}

await runProgram('berth recover', main)
