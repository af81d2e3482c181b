import { expect, test } from 'vitest'
import { shortRun } from '../short-run.js'
import { callsWorkload } from './calls-workload.js'

test('calls are carried out once while hosts and replicas die or stand still', async () => {
  const workload = callsWorkload({ hostCount: 5, perSecond: 100, slowestMs: null })
  const { figures } = await shortRun('calls', workload)
  expect(figures['calls: 200']).toBeGreaterThan(500)
  expect(figures['faults: kill-host']).toBeGreaterThan(0)
})
