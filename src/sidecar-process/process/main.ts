/** `berth sidecar`: reads the settings, runs the sidecar, and ends with an honest exit code. */
import { messageOf } from '../../errors/message-of.js'
import { createProcessLog } from '../../log/process-log.js'
import { watchLifeline } from '../../process/lifeline.js'
import { runProgram } from '../../process/run-program.js'
import { typesFault } from '../../sidecar/said-types.js'
import { createChecks } from '../../wire/validate.js'
import { readCommandLine } from '../settings/command-line.js'
import { checkConfiguration } from '../settings/configuration.js'
import { runSidecar } from './run.js'

/** Resolves when the process is asked to end; a second signal ends it at once. */
function watchSignals(): Promise<null> {
  let signals = 0
  return new Promise((resolve) => {
    const ask = () => {
      signals += 1
      if (signals > 1) process.exit(1)
      resolve(null)
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, ask)
    watchLifeline(() => resolve(null))
  })
}

async function main(): Promise<void> {
  const asked = watchSignals()
  // Without a sidecar to tell, it would end the process.
  let reload: () => void = () => undefined
  process.on('SIGHUP', () => reload())
  const settings = readCommandLine(process.argv.slice(3), process.env, (text) =>
    process.stdout.write(text),
  )
  if (settings === null) return
  const { hostMessage } = createChecks()
  const faultOf = (types: readonly string[]) => typesFault(types, hostMessage)
  const configuration = checkConfiguration(settings, faultOf)
  const { name, namespace, stopLimitMs } = configuration
  const log = createProcessLog(configuration, { namespace, ...(name === null ? {} : { name }) })
  const sidecar = await runSidecar(configuration, faultOf, log)
  reload = () => sidecar.reload()
  const reason = await Promise.race([sidecar.stopped, asked])
  setTimeout(() => {
    log.error({ stopLimitMs }, 'The stop takes too long and is cut short.')
    process.exit(1)
  }, stopLimitMs).unref()
  if (reason === null) log.info({}, 'leaving')
  else if (reason.code === 'left') log.info({}, reason.detail)
  else log.error({ code: reason.code }, reason.detail)
  let code = reason?.code === 'failed' ? 1 : 0
  try {
    await sidecar.stop()
  } catch (error) {
    code = 1
    const why = messageOf(error)
    if (why !== reason?.detail) log.error({ reason: why }, 'not everything was handed over')
  }
  if (code === 0) log.info({}, 'ended: everything was handed over')
  // Explicitly: the NATS client never closes a socket on which no server answered in time, and that
  // would keep the process.
  process.stdout.write('', () => process.exit(code))
}

await runProgram('berth sidecar', main)
