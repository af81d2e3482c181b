/**
 * `berth up`: a whole cluster on this machine, until it is told to stop. The supervisor: it owns
 * the data folder and all processes, and ends with none of them left.
 */
import { announce } from './announcement.js'
import { LocalCluster, type Overview } from './cluster.js'
import { ClusterWatch } from './cluster-watch.js'
import { type DataFolder, openDataFolder } from './data-folder.js'
import { belongingsOf, isLeftover } from './leftover.js'
import { News } from './news.js'
import type { UpOptions } from './options.js'
import { type NeededPort, neededPorts, planPorts } from './port-plan.js'
import { sharedHomeOf } from './postgres-account.js'
import { findOnPath } from './program-path.js'
import type { Programs } from './programs.js'
import type { Progress } from './progress.js'
import { listenForStop, type StopRequest, StopRequested } from './stop-request.js'
import { listenersOf, requirePorts } from './taken-ports.js'

/**
 * @returns the exit code: 0 when it was stopped as asked and nothing had to be killed
 * @throws BerthError with one sentence, when it could not be started; nothing is left running then
 */
export async function runUp(
  options: UpOptions,
  programs: Programs,
  progress: Progress,
): Promise<number> {
  const stop = listenForStop()
  try {
    const folder = openDataFolder({
      ...{ path: options.data, fresh: options.fresh, replicas: options.replicas },
      postgres: options.postgresUrl === null ? 'embedded' : 'external',
    })
    try {
      return await runOn(folder, options, programs, progress, stop)
    } finally {
      folder.close()
    }
  } finally {
    stop.dispose()
  }
}

async function runOn(
  folder: DataFolder,
  options: UpOptions,
  programs: Programs,
  progress: Progress,
  stop: StopRequest,
): Promise<number> {
  const startMs = performance.now()
  const needed = portsOf(folder, options)
  const isOurs = (pid: number) => isLeftover(pid, belongingsOf(folder, options, programs))
  await requirePorts(needed, options.port, isOurs)
  const what = folder.isNew ? 'a new cluster' : 'the cluster'
  const { replicas } = folder.mark
  const counts = `${count(replicas, 'replica')}, ${count(options.hosts, 'host')}`
  progress.say(`Starting ${what} in ${folder.path}: ${counts}`)
  tellLeftDatabases(folder, progress)
  tellLeftHome(folder, progress)
  folder.begin()
  // libpq's variables are meant for the user's own servers.
  if (options.postgresUrl === null) dropPostgresVariables(process.env)
  const cluster = new LocalCluster(options, folder, programs, progress, stop.orderly)
  stop.atOnce.addEventListener('abort', () => cluster.kill(), { once: true })
  let watch: ClusterWatch | null = null
  try {
    const overview = await cluster.start()
    watch = new ClusterWatch(overview.replicas.map(({ listen }) => listen))
    const tookMs = performance.now() - startMs
    await tour(overview, watch, { folder, tookMs, progress })
    await stop.requested
  } catch (error) {
    if (!stop.orderly.aborted && !(error instanceof StopRequested)) {
      await cluster.stop()
      throw error
    }
  }
  progress.say('Stopping.')
  await watch?.stop()
  const clean = await cluster.stop()
  const left = listenersOf(needed).filter(isOurs)
  progress.say(left.length === 0 ? 'All processes have ended.' : endedBut(left))
  return clean ? 0 : 1
}

interface TourFacts {
  readonly folder: DataFolder
  readonly tookMs: number
  readonly progress: Progress
}

/** Says what runs where and what to try, and from then on what changes. */
async function tour(
  overview: Overview,
  watch: ClusterWatch,
  { folder, tookMs, progress }: TourFacts,
): Promise<void> {
  const { hosts } = overview
  const last = hosts.at(-1)
  const type = last?.types.find((one) => hosts[0]?.types.includes(one)) ?? last?.types[0]
  const [leader, actor] = await Promise.all([
    watch.leader(),
    last === undefined || type === undefined ? null : watch.actorOf(last.name, type),
  ])
  const hasCurl = findOnPath('curl') !== null
  const files = { data: folder.path, logs: folder.file('log') }
  progress.say(announce(overview, { ...files, tookMs, hasCurl, leader, actor }))
  const news = new News(new Map(hosts.map(({ name, number }) => [name, `host ${number}`])), actor)
  for (const { child, name } of hosts) {
    void child.exited.then(() => news.ended(name, performance.now()))
  }
  watch.tell(news, actor, progress.say)
}

function endedBut(left: readonly number[]): string {
  const all = left.join(' ')
  return `All that was started here has ended. What you started again runs on: kill ${all}`
}

function portsOf(folder: DataFolder, options: UpOptions): readonly NeededPort[] {
  const counts = { replicas: folder.mark.replicas, hosts: options.hosts }
  const own = { nats: options.natsUrl === null, postgres: options.postgresUrl === null }
  return neededPorts(planPorts(options.port), counts, own)
}

function tellLeftDatabases(folder: DataFolder, progress: Progress): void {
  const { replaced, mark } = folder
  if (replaced?.postgres !== 'external' || mark.postgres === 'external') return
  const names = `berth_${replaced.id.slice(0, 8)}_*`
  progress.warn(`The databases ${names} of the server given before are left there.`)
}

/** That of a folder which was moved is not looked for, let alone deleted. */
function tellLeftHome({ replaced, path }: DataFolder, progress: Progress): void {
  const home = replaced?.postgresHome ?? path
  if (home === path || home === sharedHomeOf(path)) return
  progress.warn(`Postgres data that may be in ${JSON.stringify(home)} are left there.`)
}

function dropPostgresVariables(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (/^PG[A-Z]+$/.test(name)) delete env[name]
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
