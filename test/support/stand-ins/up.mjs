// `berth up` with stand-ins for replicas and hosts: real processes with the real command lines that
// do nothing but what the supervisor sees of them. Runs on the built program.
import { fileURLToPath } from 'node:url'
import { berthPrograms } from '../../../dist/cli/local/programs.js'
import { runCommandLine } from '../../../dist/cli/program.js'

const standIn = fileURLToPath(new URL('./process.mjs', import.meta.url))

/** The same command line, another program. */
function replaced(command) {
  return { ...command, args: [standIn, ...command.args.slice(1)] }
}

await runCommandLine(process.argv.slice(2), {
  replica: (plan) => replaced(berthPrograms.replica(plan)),
  host: (plan) => replaced(berthPrograms.host(plan)),
})
