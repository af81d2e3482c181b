import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root } from '../support/program.js'
import { type ChaosReport, runChaos } from './chaos.js'
import { clientsWorkload } from './clients/clients-workload.js'
import { hostsWorkload } from './hosts/hosts-workload.js'
import type { WorkloadKind } from './workload.js'

const seconds = 40
const seed = 1

/** A short run; its logs are kept until the next one. */
async function run(name: string, workload: WorkloadKind): Promise<ChaosReport> {
  const folder = `${root}.berth/chaos/${name}`
  rmSync(folder, { recursive: true, force: true })
  const lines: string[] = []
  const onLine = (line: string) => void lines.push(line)
  const report = await runChaos({ seconds, seed, folder, workload, onLine })
  const broken = report.checks.filter(({ outcome }) => outcome !== 'holds')
  expect(broken, `seed ${seed}, logs in ${folder}\n${lines.join('\n')}`).toEqual([])
  console.log(`measured: ${JSON.stringify(report.figures)}`)
  return report
}

test('three replicas lose nothing and stay linearizable while faults befall them', async () => {
  const { figures } = await run('clients', clientsWorkload)
  expect(figures.reads).toBeGreaterThan(20)
  expect(figures['writes acknowledged']).toBeGreaterThan(20)
})

test('no actor has two owners while hosts, replicas, databases and NATS die or stand still', async () => {
  const { figures } = await run('hosts', hostsWorkload(5))
  expect(figures.calls).toBeGreaterThan(20)
})
