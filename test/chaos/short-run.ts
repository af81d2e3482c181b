/** The one-minute form of a run, for `npm test`. Its logs are kept until the run after the next. */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { expect } from 'vitest'
import { root } from '../support/program.js'
import { type ChaosReport, runChaos } from './chaos.js'
import type { WorkloadKind } from './workload.js'

const seconds = 40
const seed = 1

/** @param name of the folder of its logs @throws what does not hold */
export async function shortRun(name: string, workload: WorkloadKind): Promise<ChaosReport> {
  const folder = `${root}.berth/chaos/${name}`
  const before = `${folder}-before`
  if (existsSync(folder)) {
    rmSync(before, { recursive: true, force: true })
    renameSync(folder, before)
  }
  const lines: string[] = []
  const onLine = (line: string) => void lines.push(line)
  const report = await runChaos({ seconds, seed, folder, workload, onLine })
  const broken = report.checks.filter(({ outcome }) => outcome !== 'holds')
  expect(broken, `seed ${seed}, logs in ${folder}\n${lines.join('\n')}`).toEqual([])
  console.log(`measured: ${JSON.stringify(report.figures)}`)
  return report
}
