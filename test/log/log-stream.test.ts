import { closeSync, openSync } from 'node:fs'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { logBufferBytesMax, logStream } from '../../src/log/log-stream.js'

test('a disk that is full costs log lines, and neither the process nor memory without end', () => {
  const full = openSync('/dev/full', 'w')
  try {
    const stream = logStream(full)
    let lost = 0
    stream.on('drop', () => {
      lost += 1
    })
    const log = pino(stream)
    const line = 'x'.repeat(1_000)
    // What could not be written is not thrown, nor is it an error that nobody hears.
    for (let i = 0; i < (3 * logBufferBytesMax) / line.length; i += 1) {
      expect(() => log.info(line)).not.toThrow()
    }
    expect(lost).toBeGreaterThan(0)
  } finally {
    closeSync(full)
  }
})
