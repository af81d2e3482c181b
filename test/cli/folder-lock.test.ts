import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { lockFolder } from '../../src/cli/local/folder-lock.js'
import { startProcess } from '../support/process.js'
import { root } from '../support/program.js'
import { scratchFolder } from '../support/scratch.js'

const contenders = 8

/** Tries to lock a folder, says how it went, and lives until it is killed. */
const program = `
  import { lockFolder } from '${root}dist/cli/local/folder-lock.js'
  process.stdin.once('data', () => {
    console.log(lockFolder(process.argv[1]).kind)
    setInterval(() => {}, 60_000)
  })
  console.log('waits')
`

test('of many that find a dead holder at the same time, one gets the lock', async (t) => {
  const folder = scratchFolder(t)
  for (let round = 0; round < 3; round += 1) {
    const all = Array.from({ length: contenders }, () =>
      startProcess(t, process.execPath, ['--input-type=module', '-e', program, folder]),
    )
    await Promise.all(all.map((one) => one.line('waits')))
    for (const one of all) one.write('go\n')
    const results = await Promise.all(all.map((one) => one.line(/held|taken/)))
    expect(results.filter((result) => result === 'held')).toHaveLength(1)
    // The next round finds a lock whose holder was killed.
    await Promise.all(all.map((one) => one.kill()))
  }
  expect(readdirSync(folder)).toEqual(['lock-3'])
})

test('a lock that was released can be had again, a held one names its holder', (t) => {
  const folder = scratchFolder(t)
  const first = lockFolder(folder)
  expect(lockFolder(folder)).toEqual({ kind: 'taken', pid: process.pid })
  if (first.kind === 'held') first.release()
  expect(lockFolder(folder).kind).toBe('held')
})
