/**
 * Before tests that start the built program: builds it when a source is newer than what was built.
 * `npm test` has built already and says so by BERTH_TEST_BUILT.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export function setup(): void {
  if (process.env.BERTH_TEST_BUILT !== undefined) return
  if (newest(`${root}src`) <= newest(`${root}dist`)) return
  const done = spawnSync(process.execPath, [`${root}scripts/build.mjs`], { stdio: 'inherit' })
  if (done.status !== 0) throw new Error('the build failed')
}

/** Time of the newest file below a folder, in ms since 1970; 0 when there is none. */
function newest(folder: string): number {
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    const times = files
      .filter((file) => file.isFile())
      .map((file) => statSync(`${file.parentPath}/${file.name}`).mtimeMs)
    return Math.max(0, ...times)
  } catch {
    return 0
  }
}
