import { describe, expect, test } from 'vitest'
import { plainConfiguration } from '../../../src/raft/core/configuration.js'
import { DiskQueue } from '../../../src/raft/core/disk-queue.js'
import type { Entry, EntryKind } from '../../../src/raft/core/entry.js'
import { InvariantError } from '../../../src/raft/core/invariant.js'
import { entryBytes, Log } from '../../../src/raft/core/log.js'

function entry(index: number, term: number, kind: EntryKind = 'command', bytes = 0): Entry {
  return { index, term, kind, data: new Uint8Array(bytes) }
}

/** Entries after `first` with these terms. */
function entriesAfter(first: number, ...terms: number[]): Entry[] {
  return terms.map((term, i) => entry(first + 1 + i, term))
}

/** A log that begins after (0, 0), all of it on disk. */
function logOf(terms: number[], committed = 0): { log: Log; disk: DiskQueue<unknown> } {
  const disk = new DiskQueue<unknown>(terms.length)
  const entries = entriesAfter(0, ...terms)
  return { log: new Log({ index: 0, term: 0 }, entries, committed, null, disk), disk }
}

function termsOf(log: Log): (number | undefined)[] {
  const from = log.compacted.index
  return Array.from({ length: log.lastIndex - from + 1 }, (_, i) => log.termAt(from + i))
}

describe('log', () => {
  test('an empty log ends at (0, 0), a compacted one where it was cut', () => {
    expect(logOf([]).log).toMatchObject({ lastIndex: 0, lastTerm: 0 })
    const { log } = logOf([1, 1, 2], 3)
    log.compact(3)
    expect(log).toMatchObject({ lastIndex: 3, lastTerm: 2, compacted: { index: 3, term: 2 } })
    expect(log.termAt(3)).toBe(2)
    expect(log.termAt(2)).toBeUndefined()
    expect(log.termAt(4)).toBeUndefined()
    log.compact(1)
    expect(log.compacted.index).toBe(3)
  })

  test('the later term wins, then the longer log (§5.4.1)', () => {
    const { log } = logOf([1, 2, 2])
    expect(log.isUpToDate(1, 3)).toBe(true)
    expect(log.isUpToDate(3, 2)).toBe(true)
    expect(log.isUpToDate(2, 2)).toBe(false)
    expect(log.isUpToDate(9, 1)).toBe(false)
  })

  test('entries that are there already are not written again, and cut nothing (S11)', () => {
    const { log, disk } = logOf([1, 1, 2, 2])
    log.merge(entriesAfter(1, 1, 2))
    log.merge(entriesAfter(0, 1))
    expect(termsOf(log)).toEqual([0, 1, 1, 2, 2])
    expect(disk.stableIndex).toBe(4)
  })

  test('the first conflict cuts the log, on disk as well', () => {
    const { log, disk } = logOf([1, 1, 2, 2], 2)
    log.merge(entriesAfter(1, 1, 3))
    expect(termsOf(log)).toEqual([0, 1, 1, 3])
    expect(disk.stableIndex).toBe(2)
    log.merge(entriesAfter(3, 3, 3))
    expect(log.lastIndex).toBe(5)
  })

  test('cutting what is committed, gaps and falling terms are bugs', () => {
    const { log } = logOf([1, 1, 2], 2)
    expect(() => log.merge(entriesAfter(1, 3))).toThrow(InvariantError)
    expect(() => log.append(entry(5, 3))).toThrow(InvariantError)
    expect(() => log.append(entry(4, 1))).toThrow(InvariantError)
    expect(() => log.commitTo(4)).toThrow(InvariantError)
    expect(() => log.compact(3)).toThrow(InvariantError)
    expect(() => logOf([1], 2)).toThrow(InvariantError)
    expect(log.commitTo(1)).toBe(false)
    expect(log.committedIndex).toBe(2)
  })

  test('a slice keeps to count and bytes but has at least one entry', () => {
    const { log } = logOf([1, 1, 1, 1])
    const one = entryBytes(log.entryAt(1))
    const indexes = (from: number, through: number, count: number, bytes: number) =>
      log.slice(from, through, count, bytes).map(({ index }) => index)
    expect(indexes(1, 9, 9, 9999)).toEqual([1, 2, 3, 4])
    expect(indexes(2, 3, 9, 9999)).toEqual([2, 3])
    expect(indexes(1, 4, 2, 9999)).toEqual([1, 2])
    expect(indexes(1, 4, 9, 2 * one)).toEqual([1, 2])
    expect(indexes(3, 4, 9, 1)).toEqual([3])
    expect(indexes(5, 4, 9, 9999)).toEqual([])
  })

  test('membership changes are found in any range, after truncation and compaction too', () => {
    const { log } = logOf([1, 1])
    for (const index of [3, 5]) {
      while (log.lastIndex < index - 1) log.append(entry(log.lastIndex + 1, 1))
      log.append(entry(index, 1, 'configuration'))
    }
    expect(log.hasConfigurationIn(0, 2)).toBe(false)
    expect(log.hasConfigurationIn(2, 3)).toBe(true)
    expect(log.hasConfigurationIn(3, 4)).toBe(false)
    expect(log.hasConfigurationIn(4, 9)).toBe(true)
    log.merge(entriesAfter(4, 2))
    expect(log.hasConfigurationIn(3, 9)).toBe(false)
    log.commitTo(3)
    log.compact(3)
    expect(log.hasConfigurationIn(0, 9)).toBe(false)
  })

  test('a snapshot takes the place of the log and is pending until written', () => {
    const { log, disk } = logOf([1, 1, 2])
    const snapshot = { index: 9, term: 3, configuration: plainConfiguration([1]) }
    log.replace(snapshot)
    expect(log).toMatchObject({ lastIndex: 9, lastTerm: 3, committedIndex: 9, snapshot })
    expect(log.pendingSnapshot).toEqual(snapshot)
    expect(disk).toMatchObject({ handedIndex: 9, stableIndex: 3 })
    expect(() => log.replace(snapshot)).toThrow(InvariantError)
  })

  test('the hint where logs may agree is the highest possible one, in all small cases', () => {
    const byDefinition = (log: Log, index: number, term: number): number => {
      let guess = index
      while (guess > 0 && (log.termAt(guess) ?? 0) > term) guess -= 1
      return guess
    }
    let cases = 0
    const terms = [1, 2, 4]
    for (const a of terms) {
      for (const b of terms.filter((t) => t >= a)) {
        for (const c of terms.filter((t) => t >= b)) {
          for (const compacted of [0, 1, 2, 3]) {
            const { log } = logOf([a, b, c], 3)
            log.compact(compacted)
            for (let index = 0; index <= 5; index += 1) {
              for (let term = 0; term <= 5; term += 1) {
                expect(log.agreementHint(index, term)).toBe(byDefinition(log, index, term))
                cases += 1
              }
            }
          }
        }
      }
    }
    expect(cases).toBe(10 * 4 * 36)
  })
})
