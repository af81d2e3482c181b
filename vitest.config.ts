/**
 * The kinds of tests, as vitest projects; `npm test` runs each as a phase (scripts/test.mjs).
 *
 *   test/architecture, simulation, e2e, package   each a project of its own
 *   all other folders                             `integration` when the file uses the run's
 *                                                 Postgres or NATS (test/support), else `unit`
 *
 * What a file imports decides, so none can be put in the wrong place by its name.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
const own = ['architecture', 'simulation', 'e2e', 'package']
const servers = /support\/(database|nats|own-postgres|own-nats)\.js'/
const rest = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && !own.includes(file.split('/')[0] ?? ''))
  .map((file) => `test/${file}`)
const usesServers = (file: string) => servers.test(readFileSync(root + file, 'utf8'))

const globalSetup = ['test/support/global-servers.ts']

export default defineConfig({
  test: {
    allowOnly: false,
    maxWorkers: 2,
    projects: [
      project('architecture', ['test/architecture/**/*.test.ts'], { testTimeout: 60_000 }),
      project(
        'unit',
        rest.filter((file) => !usesServers(file)),
        { testTimeout: 10_000 },
      ),
      project('integration', rest.filter(usesServers), { testTimeout: 30_000, globalSetup }),
      project('simulation', ['test/simulation/**/*.test.ts'], { testTimeout: 300_000 }),
      // Whole clusters want both cores for themselves.
      project('e2e', ['test/e2e/**/*.test.ts'], {
        testTimeout: 180_000,
        fileParallelism: false,
        globalSetup,
      }),
      project('package', ['test/package/**/*.test.ts'], { testTimeout: 180_000 }),
    ],
  },
})

interface Limits {
  readonly testTimeout: number
  readonly fileParallelism?: boolean
  readonly globalSetup?: string[]
}

function project(name: string, include: readonly string[], limits: Limits) {
  return {
    root,
    test: { name, include: [...include], hookTimeout: limits.testTimeout, ...limits },
  }
}
