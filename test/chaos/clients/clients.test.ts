import { expect, test } from 'vitest'
import { shortRun } from '../short-run.js'
import { clientsWorkload } from './clients-workload.js'

test('three replicas lose nothing and stay linearizable while faults befall them', async () => {
  const { figures } = await shortRun('clients', clientsWorkload)
  expect(figures.reads).toBeGreaterThan(20)
  expect(figures['writes acknowledged']).toBeGreaterThan(20)
})
