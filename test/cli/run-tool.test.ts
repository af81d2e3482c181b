import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { runTool, ToolFailed } from '../../src/cli/servers/run-tool.js'

const shell = (script: string) => ({ file: '/bin/sh', args: ['-c', script] })

test('a run leaves nothing at a signal that lives on, however it ends', async () => {
  const { signal } = new AbortController()
  await runTool(shell('exit 0'), { signal })
  await expect(runTool(shell('echo no >&2; exit 3'), { signal })).rejects.toThrow('exit code 3')
  await expect(runTool({ file: '/no/such/program', args: [] }, { signal })).rejects.toThrow(
    'ENOENT',
  )
  const late = { signal: AbortSignal.timeout(1) }
  await expect(runTool(shell('sleep 60'), late)).rejects.toThrow('took too long')
  expect(getEventListeners(late.signal, 'abort')).toEqual([])
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('a run ends with its signal, also one that was aborted before', async () => {
  const given = new AbortController()
  const run = runTool(shell('sleep 60'), { signal: given.signal })
  given.abort()
  await expect(run).rejects.toThrow('given up')
  await expect(runTool(shell('sleep 60'), { signal: given.signal })).rejects.toThrow(ToolFailed)
  expect(getEventListeners(given.signal, 'abort')).toEqual([])
})
