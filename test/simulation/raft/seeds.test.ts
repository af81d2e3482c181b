/**
 * A thousand seeds with ten million events, on all cores: bounded by seeds and events, and as long
 * as that takes. `npm run sim -- --for 1h` goes on where this ends.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { buildSimulation } from '../../../scripts/build-simulation.mjs'
import { runSeed } from './run-seed.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
/** Far beyond what it takes anywhere: it is there for a run that hangs. */
const hangMs = 3_600_000

function runCommand(...args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const command = [`${root}dist-sim/test/simulation/raft/command.js`, ...args]
  const child = spawn(process.execPath, ['--enable-source-maps', ...command])
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  child.stderr.on('data', (chunk) => {
    text += chunk
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })))
}

test('clusters of a thousand seeds keep all promises and come to rest', {
  timeout: hangMs,
}, async () => {
  buildSimulation()
  const { code, text } = await runCommand('--seeds', '1-1000', '--steps', '10000')
  expect(code, text).toBe(0)
  const [, seeds, events] = /^(\d+) seeds ok: (\d+) events/m.exec(text.trim().split('\n').at(-1)!)!
  expect(Number(seeds)).toBe(1000)
  expect(Number(events)).toBeGreaterThanOrEqual(10_000_000)
})

test('a seed leaves the same trace whenever and wherever it runs', {
  timeout: hangMs,
}, async () => {
  const traces = [3, 17, 339].map((seed) => {
    const options = { seed, replicas: null, steps: 3_000, without: [] }
    const [first, second] = [runSeed(options), runSeed(options)]
    expect(second).toEqual(first)
    return first
  })
  expect(new Set(traces.map(({ traceHash }) => traceHash)).size).toBe(traces.length)
  buildSimulation()
  for (const { seed, events, traceHash } of traces) {
    const { code, text } = await runCommand('--seed', `${seed}`, '--steps', '3000')
    expect(code, text).toBe(0)
    expect(text.trim().split('\n').at(-1)).toBe(
      `seed ${seed} ok: ${events} events, trace hash ${traceHash}`,
    )
  }
})
