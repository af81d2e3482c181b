/** `npm run sim:calls`: the machines of calls of several hosts; options: ../kernel/command.ts. */
import { fileURLToPath } from 'node:url'
import { runCommand } from '../kernel/command.js'
import { createRunSeed, stepsDefault } from './run-seed.js'

await runCommand({
  script: 'sim:calls',
  module: fileURLToPath(import.meta.url),
  stepsDefault,
  prepare: async () => createRunSeed(),
})
