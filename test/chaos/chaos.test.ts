import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root } from '../support/program.js'
import { runChaos } from './chaos.js'
import { clientsWorkload } from './clients/clients-workload.js'

const seconds = 40
const seed = 1
/** Kept until the next run. */
const folder = `${root}.berth/chaos/test`

test('three replicas lose nothing and stay linearizable while faults befall them', async () => {
  rmSync(folder, { recursive: true, force: true })
  const lines: string[] = []
  const { checks, figures } = await runChaos({
    ...{ seconds, seed, folder, workload: clientsWorkload },
    onLine: (line) => lines.push(line),
  })
  const broken = checks.filter(({ outcome }) => outcome !== 'holds')
  expect(broken, `seed ${seed}, logs in ${folder}\n${lines.join('\n')}`).toEqual([])
  console.log(`measured: ${JSON.stringify(figures)}`)
  expect(figures.reads).toBeGreaterThan(20)
  expect(figures['writes acknowledged']).toBeGreaterThan(20)
})
