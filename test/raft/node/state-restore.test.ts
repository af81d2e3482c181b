import { expect, test } from 'vitest'
import { Budget } from '../../../src/jobs/job.js'
import { plainConfiguration } from '../../../src/raft/core/configuration.js'
import { Roster } from '../../../src/raft/node/identity/roster.js'
import { StateRestore } from '../../../src/raft/node/snapshots/state-restore.js'

const meta = { index: 20, term: 3, configuration: plainConfiguration([1, 2, 3]) }
const piece = (number: number) => Uint8Array.of(number)
const head = new Roster().encode()

/** A restore of so many chunks whose state machine takes so many steps for each of them. */
function restoring(chunks: number, stepsEach = 1) {
  const asked: number[] = []
  const told: string[] = []
  let left = 0
  const machine = {
    add: ([number]: Uint8Array) => {
      told.push(`add ${number}`)
      left += stepsEach
    },
    end: () => {
      told.push('end')
      left += 1
    },
    step: (budget: Budget) => {
      budget.spend(1)
      left -= 1
      return left <= 0
    },
  }
  const snapshot = { meta, chunks, bytes: chunks }
  const restore = new StateRestore(snapshot, machine, (_, chunk) => void asked.push(chunk))
  restore.begin()
  return { restore, snapshot, asked, told, step: () => restore.step(new Budget(1)) }
}

test('chunks are asked for in order, given as they come, and the end is told', () => {
  const { restore, asked, told, step } = restoring(3)
  expect([asked, restore.hasWork]).toEqual([[0], false])
  restore.chunkRead(head)
  expect([asked, told, restore.hasWork]).toEqual([[0, 1], [], false])
  restore.chunkRead(piece(1))
  expect([asked, told, restore.hasWork]).toEqual([[0, 1, 2], ['add 1'], true])
  expect(step()).toBeNull()
  expect(restore.hasWork).toBe(false)
  restore.chunkRead(piece(2))
  expect(step()).toBeNull()
  expect(told).toEqual(['add 1', 'add 2', 'end'])
  expect([...(step()?.encode() ?? [])]).toEqual([...head])
})

test('no more than two chunks are in memory, however slow the state machine is', () => {
  const { restore, asked, told, step } = restoring(5, 10)
  restore.chunkRead(head)
  restore.chunkRead(piece(1))
  restore.chunkRead(piece(2))
  expect([asked, told]).toEqual([[0, 1, 2], ['add 1']])
  for (let left = 9; left > 0; left -= 1) step()
  expect([asked, told]).toEqual([[0, 1, 2], ['add 1']])
  step()
  expect([asked, told]).toEqual([
    [0, 1, 2, 3],
    ['add 1', 'add 2'],
  ])
})

test('a snapshot with nothing but the roster is taken over as well', () => {
  const { restore, told, step } = restoring(1)
  restore.chunkRead(head)
  expect([told, restore.hasWork]).toEqual([['end'], true])
  expect(step()).toBeInstanceOf(Roster)
})

test('a chunk that could not be read is asked for again, after a while', () => {
  const { restore, snapshot, asked } = restoring(3)
  restore.chunkRead(head)
  restore.chunkFailed(40)
  expect(restore.awaits(snapshot, 1)).toBe(false)
  restore.tick(39)
  expect(asked).toEqual([0, 1])
  restore.tick(40)
  restore.tick(41)
  expect([asked, restore.awaits(snapshot, 1)]).toEqual([[0, 1, 1], true])
})

test('what was asked for of another snapshot, or has come already, is not awaited', () => {
  const { restore, snapshot } = restoring(3)
  const other = { ...snapshot, meta: { ...meta, term: 4 } }
  expect([restore.awaits(snapshot, 0), restore.awaits(snapshot, 1)]).toEqual([true, false])
  expect(restore.awaits(other, 0)).toBe(false)
  restore.chunkRead(head)
  expect([restore.awaits(snapshot, 0), restore.awaits(snapshot, 1)]).toEqual([false, true])
})

test('a first chunk that is no roster ends it', () => {
  expect(() => restoring(3).restore.chunkRead(piece(1))).toThrow()
})
