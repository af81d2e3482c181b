/**
 * `berth up`: a whole cluster on this machine, until it is told to stop. The supervisor: it owns
 * the data folder and all processes, and ends with none of them left.
 */
import { watchLifeline } from '../../process/lifeline.js'
import { LocalCluster } from './cluster.js'
import { neededPorts, planPorts } from './cluster-plan.js'
import { ClusterWatch } from './cluster-watch.js'
import { DataFolder } from './data-folder.js'
import type { UpOptions } from './options.js'
import { folderVariable, leftoversOn, requirePorts } from './taken-ports.js'
import type { Progress } from './terminal.js'
import { tour } from './tour.js'

const repeatMs = 1_000
const parentPollMs = 1_000
const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * @param program that replicas and hosts are
 * @returns the exit code: 0 when it was stopped as asked and nothing had to be killed
 * @throws BerthError with one sentence, when it could not be started; nothing is left running then
 */
export async function runUp(
  options: UpOptions,
  program: string,
  progress: Progress,
): Promise<number> {
  const stop = listenForStop()
  try {
    const postgres = options.postgresUrl === null ? 'embedded' : 'external'
    const folder = new DataFolder({ ...options, path: options.data, postgres })
    try {
      return await runOn(folder, options, program, progress, stop)
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
  program: string,
  progress: Progress,
  stop: ReturnType<typeof listenForStop>,
): Promise<number> {
  const startMs = performance.now()
  const { replicas } = folder.mark
  const own = { nats: options.natsUrl === null, postgres: options.postgresUrl === null }
  const needed = neededPorts(planPorts(options.port), { replicas, hosts: options.hosts }, own)
  await requirePorts(needed, options.port, folder.path)
  const what = folder.isNew ? 'a new cluster' : 'the cluster'
  const counts = `${count(replicas, 'replica')}, ${count(options.hosts, 'host')}`
  progress.say(`Starting ${what} in ${folder.path}: ${counts}`)
  const { replaced, mark } = folder
  if (replaced?.postgres === 'external' && mark.postgres === 'embedded') {
    const names = `berth_${replaced.id.slice(0, 8)}_*`
    progress.warn(`The databases ${names} of the server given before are left there.`)
  }
  folder.begin()
  process.env[folderVariable] = folder.path
  // libpq's variables are meant for the user's own servers.
  if (own.postgres) dropPostgresVariables(process.env)
  const cluster = new LocalCluster(options, folder, program, progress, stop.orderly)
  stop.atOnce.addEventListener('abort', () => cluster.kill(), { once: true })
  let watch: ClusterWatch | null = null
  try {
    const overview = await cluster.start()
    watch = new ClusterWatch(overview.replicas.map(({ address }) => address))
    await tour(overview, watch, folder, startMs, progress)
    await stop.requested
  } catch (error) {
    if (!stop.orderly.aborted) {
      await cluster.stop()
      throw error
    }
  }
  progress.say('Stopping.')
  await watch?.stop()
  const clean = await cluster.stop()
  const left = leftoversOn(needed, folder.path).join(' ')
  const others = 'All that was started here has ended. What you started again runs on: kill'
  progress.say(left === '' ? 'All processes have ended.' : `${others} ${left}`)
  return clean ? 0 : 1
}

function dropPostgresVariables(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (/^PG[A-Z]+$/.test(name)) delete env[name]
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

/**
 * A stop is a signal, the end of the npm that runs this, or of its lifeline. Under npm one Ctrl-C
 * arrives twice, from the terminal and from npm, so a second signal means "at once" only when it
 * comes more than a second after the first. Keeps the process alive until `dispose`.
 * @returns `orderly` is aborted when it is time to stop, `atOnce` when no time is left for order
 */
function listenForStop() {
  const [orderly, atOnce] = [new AbortController(), new AbortController()]
  const requested = new Promise((resolve) => {
    orderly.signal.addEventListener('abort', resolve, { once: true })
  })
  let firstMs: number | null = null
  const stop = () => {
    firstMs ??= performance.now()
    orderly.abort()
  }
  const onSignal = () => {
    if (firstMs !== null && performance.now() - firstMs > repeatMs) atOnce.abort()
    stop()
  }
  for (const name of signals) process.on(name, onSignal)
  watchLifeline(stop)
  const parent = process.ppid
  const underNpm = process.env.npm_lifecycle_event !== undefined
  const poll = setInterval(() => {
    if (underNpm && process.ppid !== parent) stop()
  }, parentPollMs)
  const dispose = () => {
    clearInterval(poll)
    for (const name of signals) process.off(name, onSignal)
  }
  return { orderly: orderly.signal, atOnce: atOnce.signal, requested, dispose }
}
