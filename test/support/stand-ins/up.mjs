// `berth up` with stand-ins for replicas and hosts: real processes with the real command lines that
// do nothing but what the supervisor sees of them. Runs on the built program.
import { fileURLToPath } from 'node:url'
import { runCommandLine } from '../../../dist/cli/program.js'

const standIn = fileURLToPath(new URL('./process.mjs', import.meta.url))

await runCommandLine(process.argv.slice(2), standIn)
