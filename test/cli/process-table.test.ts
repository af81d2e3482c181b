import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import {
  childrenOf,
  commandOf,
  descendantsOf,
  identify,
  isAlive,
  sendSignal,
} from '../../src/process/process-table.js'
import { eventually } from '../support/eventually.js'
import { freePorts } from '../support/ports.js'
import { startProcess } from '../support/process.js'

test('a process is known by its pid and start time, not by its pid alone', async () => {
  const child = spawn('sleep', ['60'])
  const identity = identify(child.pid!)
  expect(isAlive(identity)).toBe(true)
  expect(isAlive({ ...identity, start: '1' })).toBe(false)
  expect(isAlive({ ...identity, boot: 'another boot' })).toBe(false)
  child.kill('SIGKILL')
  await eventually('its end', () => !isAlive(identity))
})

test('children and their children are found without ps', async (t) => {
  const shell = startProcess(t, '/bin/sh', ['-c', 'sh -c "sleep 60 & echo ready; wait" & wait'])
  await shell.line('ready')
  const children = childrenOf(shell.pid)
  expect(children).toHaveLength(1)
  const below = descendantsOf(shell.pid)
  expect(below).toHaveLength(2)
  expect(below[0]).toBe(children[0])
  expect(commandOf(below[1]!)).toEqual(['sleep', '60'])
})

test('a signal to a process that is gone is no error', async (t) => {
  const process_ = startProcess(t, 'true')
  await process_.exited
  expect(() => sendSignal(process_.pid, 'SIGTERM')).not.toThrow()
})

test('a test process sees lines, an exit code and nothing of the test runner', async (t) => {
  const shell = startProcess(t, '/bin/sh', [
    '-c',
    'read word; echo "got $word"; echo "vitest: $VITEST$NODE_ENV" >&2; exit 3',
  ])
  shell.write('hello\n')
  expect(await shell.line(/^got/)).toBe('got hello')
  expect(await shell.exited).toEqual({ code: 3, signal: null })
  expect(shell.lines).toContain('vitest: ')
})

test('a line that never comes fails with the last lines and the state of the process', async (t) => {
  const shell = startProcess(t, '/bin/sh', ['-c', 'echo only this'])
  await expect(shell.line('something else', 300)).rejects.toThrow(/it ended[\s\S]*only this/)
})

test('ports in a row are free and given out once', async () => {
  const taken = await Promise.all([freePorts(3), freePorts(70), freePorts(70), freePorts(1)])
  const counts = [3, 70, 70, 1]
  const all = taken.flatMap((base, i) => Array.from({ length: counts[i]! }, (_, n) => base + n))
  expect(new Set(all).size).toBe(144)
})
