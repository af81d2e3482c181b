/** `npm run sim:cluster`: whole clusters under faults; options: ../kernel/command.ts. */
import { fileURLToPath } from 'node:url'
import { runCommand } from '../kernel/command.js'
import { createRunSeed, stepsDefault } from './run-seed.js'

await runCommand({
  script: 'sim:cluster',
  module: fileURLToPath(import.meta.url),
  stepsDefault,
  prepare: createRunSeed,
})
