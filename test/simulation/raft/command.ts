/** `npm run sim`: replicas (core and node) under faults; options: ../kernel/command.ts. */
import { fileURLToPath } from 'node:url'
import { runCommand } from '../kernel/command.js'
import { runSeed } from './run-seed.js'

await runCommand({
  script: 'sim',
  module: fileURLToPath(import.meta.url),
  stepsDefault: 10_000,
  prepare: async () => runSeed,
})
