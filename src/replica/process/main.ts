/** `berth replica`: reads the settings, runs the replica, and ends with an honest exit code. */
import { createProcessLog } from '../../log/process-log.js'
import { watchLifeline } from '../../process/lifeline.js'
import { runProgram } from '../../process/run-program.js'
import { readCommandLine } from '../settings/command-line.js'
import { checkConfiguration } from '../settings/configuration.js'
import { runReplica } from './run.js'

/** A stop that takes longer is cut short, in ms. */
const stopLimitMs = 10_000

async function main(): Promise<void> {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => stopping.abort())
  }
  watchLifeline(() => stopping.abort())
  const settings = readCommandLine(process.argv.slice(3), process.env, (text) =>
    process.stdout.write(text),
  )
  if (settings === null) return
  const configuration = checkConfiguration(settings)
  const { cluster, id } = configuration
  const log = createProcessLog(configuration, { cluster, replica: id })
  const asked = new Promise<null>((resolve) => {
    if (stopping.signal.aborted) resolve(null)
    stopping.signal.addEventListener('abort', () => resolve(null), { once: true })
  })
  const replica = await runReplica(configuration, log, stopping.signal).catch((error) => {
    if (!stopping.signal.aborted) throw error
    log.info({ reason: (error as Error).message }, 'Stopped before the start was over.')
    return null
  })
  if (replica === null) return
  const reason = await Promise.race([replica.stopped, asked])
  setTimeout(() => {
    log.error({ stopLimitMs }, 'The stop takes too long and is cut short.')
    process.exit(1)
  }, stopLimitMs).unref()
  if (reason === null) log.info({}, 'stopping')
  else if (reason.code === 'removed') log.info({}, reason.detail)
  else log.error({ code: reason.code }, reason.detail)
  await replica.stop()
  // Explicitly: the NATS client never closes a socket on which no server answered in time, and that
  // would keep the process.
  const code = reason === null || reason.code === 'removed' ? 0 : 1
  process.stdout.write('', () => process.exit(code))
}

await runProgram('berth replica', main)
