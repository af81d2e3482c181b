import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runTranscript } from '../support/transcript.js'

const folder = fileURLToPath(new URL('./transcripts/', import.meta.url))
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'))

/** The first comment of a transcript is what it shows, as a sentence. */
function titleOf(text: string): string {
  const comments = text.split('\n').filter((line) => line.startsWith('#'))
  return comments[0]?.slice(1).trim() ?? ''
}

describe('transcripts', () => {
  for (const file of files) {
    const text = readFileSync(folder + file, 'utf8')
    test(`${file.slice(0, -4)}: ${titleOf(text)}`, () => {
      const happened = runTranscript(text)
      if (process.env.BERTH_REWRITE === '1') writeFileSync(folder + file, happened)
      else expect(happened).toBe(text)
    })
  }

  test('every transcript says what it shows', () => {
    const titles = files.map((file) => titleOf(readFileSync(folder + file, 'utf8')))
    expect(titles.filter((title) => title.length < 20)).toEqual([])
    expect(new Set(titles).size).toBe(titles.length)
  })
})
