import { expect, test } from 'vitest'
import { shortRun } from '../short-run.js'
import { hostsWorkload } from './hosts-workload.js'

test('no actor has two owners while hosts, replicas, databases and NATS die or stand still', async () => {
  const { figures } = await shortRun('hosts', hostsWorkload(5))
  expect(figures.calls).toBeGreaterThan(20)
  expect(figures['faults: roll']).toBeGreaterThan(0)
})
