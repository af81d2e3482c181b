import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { catalogue, type ErrorCode } from '../../src/errors/catalogue.js'
import { root } from './source-tree.js'

interface Documented {
  readonly status: number
  readonly retryable: boolean
  readonly title: string
  readonly advice: string
}

/** Sections of the form: heading with the code, title, `Status 404. Retry: no.`, advice. */
function readDocumentation(): Map<string, Documented> {
  const text = readFileSync(`${root}docs/errors.md`, 'utf8')
  const sections = text.split(/^## `/m).slice(1)
  return new Map(
    sections.map((section) => {
      const parts = /^(\w+)`\n\n(.*)\nStatus (\d+)\. Retry: (yes|no)\.\n\n([\s\S]*)$/.exec(section)
      if (parts === null) throw new Error(`not of the form of the page: ${section.slice(0, 80)}`)
      const [, code = '', title = '', status, retry, advice = ''] = parts
      const entry = { status: Number(status), retryable: retry === 'yes', title, advice }
      return [code, entry]
    }),
  )
}

test('docs/errors.md describes every error code, and no other', () => {
  expect([...readDocumentation().keys()].sort()).toEqual(Object.keys(catalogue).sort())
})

test('docs/errors.md gives the status, the title and the advice on retries of the catalogue', () => {
  for (const [code, documented] of readDocumentation()) {
    const { status, retryable, title } = catalogue[code as ErrorCode]
    expect({ code, ...documented, advice: '' }).toEqual({
      code,
      status,
      retryable,
      title,
      advice: '',
    })
  }
})

test('docs/errors.md says of each code what to do', () => {
  for (const [code, { advice }] of readDocumentation()) {
    expect({ code, long: advice.trim().length >= 40 }).toEqual({ code, long: true })
  }
})
