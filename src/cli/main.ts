/** Entry of every command that is no program of its own (bin/berth.cjs). */
import { runCommandLine } from './program.js'

await runCommandLine(process.argv.slice(2))
