/** Entry of every command but `berth replica`, which is a program of its own (bin/berth.cjs). */
import { runCommandLine } from './program.js'

await runCommandLine(process.argv.slice(2))
