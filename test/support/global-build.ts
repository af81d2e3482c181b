/**
 * Before tests that start the built program: builds it, if it is not built from these sources.
 * `npm test` has built already and says so by BERTH_TEST_BUILT.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const build = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url))

export function setup(): void {
  if (process.env.BERTH_TEST_BUILT !== undefined) return
  const done = spawnSync(process.execPath, [build], { stdio: 'inherit' })
  if (done.status !== 0) throw new Error('the build failed')
}
