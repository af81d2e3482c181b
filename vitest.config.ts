/** A vitest project for each kind of test; scripts/test-kinds.mjs says which file is of which. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { type TestKind, testFiles } from './scripts/test-kinds.mjs'

const root = fileURLToPath(new URL('.', import.meta.url))
const servers = 'test/support/global-servers.ts'
const built = 'test/support/global-build.ts'

/**
 * Limits by kind: `timeoutMs` of one test and of one hook. They end what hangs, so they leave room
 * for a machine that is many times slower, and for the deadlines of `eventually`.
 */
const limits: Record<TestKind, Limits> = {
  architecture: { timeoutMs: 60_000 },
  // No module holds state (test/architecture), so files can share what they import.
  unit: { timeoutMs: 90_000, isolate: false },
  integration: { timeoutMs: 180_000, globalSetup: [servers] },
  programs: { timeoutMs: 300_000, globalSetup: [built, servers] },
  simulation: { timeoutMs: 300_000 },
  // Whole clusters, which wait for most of the time: two at once.
  e2e: { timeoutMs: 300_000, globalSetup: [built, servers] },
  // Its runs wait for most of their time, and two of them fit side by side.
  chaos: { timeoutMs: 480_000, globalSetup: [built] },
  fuzz: { timeoutMs: 480_000, globalSetup: [built] },
  package: { timeoutMs: 300_000, oneByOne: true, globalSetup: [built, servers] },
}

interface Limits {
  readonly timeoutMs: number
  readonly oneByOne?: boolean
  readonly isolate?: boolean
  readonly globalSetup?: string[]
}

export default defineConfig({
  test: {
    allowOnly: false,
    maxWorkers: 2,
    projects: [...testFiles()].map(([name, include]) => {
      const { timeoutMs, oneByOne = false, isolate = true, globalSetup = [] } = limits[name]
      return {
        root,
        test: {
          name,
          // Without tests of a kind, a pattern that matches nothing; an empty list means all.
          include: include.length > 0 ? [...include] : [`test/${name}/none`],
          testTimeout: timeoutMs,
          hookTimeout: timeoutMs,
          fileParallelism: !oneByOne,
          isolate,
          globalSetup,
        },
      }
    }),
  },
})
