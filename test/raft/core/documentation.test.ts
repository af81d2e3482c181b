/** docs/raft.md tells of everything that a host meets, and of nothing that is not there. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Raft } from '../../../src/raft/core/index.js'
import { root } from '../../architecture/source-tree.js'

const page = readFileSync(`${root}docs/raft.md`, 'utf8')
const source = (name: string) => readFileSync(`${root}src/raft/core/${name}.ts`, 'utf8')
const named = (name: string) => new RegExp(`\`${name}[\`(]`).test(page)

/** What stands in a part of the page. */
function part(title: string): string {
  const [, text = ''] = page.split(`\n## ${title}\n`)
  return text.split('\n## ')[0] ?? ''
}

test('its table of messages has all kinds, and no other', () => {
  const kinds = [...source('message').matchAll(/readonly kind: '([\w-]+)'/g)].map(([, k]) => k)
  const rows = [...part('Messages').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, k]) => k)
  expect(kinds).toHaveLength(12)
  expect(rows.toSorted()).toEqual(kinds.toSorted())
})

test('it names every field of an output and of an append record', () => {
  const output = source('output')
  for (const name of ['AppendRecord', 'Output']) {
    const body = output.split(`export interface ${name} {`)[1]!.split('\n}')[0]!
    const fields = [...body.matchAll(/^ {2}readonly (\w+):/gm)].map(([, field]) => field!)
    expect(fields.length).toBeGreaterThan(3)
    // The token is spoken of as what `appended` is called with.
    expect(fields.filter((field) => field !== 'token' && !named(field))).toEqual([])
  }
})

test('it names every method of a replica that a host has to call', () => {
  const { prototype } = Raft
  const methods = Object.getOwnPropertyNames(prototype).filter((name) => {
    const { value } = Object.getOwnPropertyDescriptor(prototype, name)!
    return typeof value === 'function' && !['constructor', 'entries'].includes(name)
  })
  expect(methods.length).toBeGreaterThan(15)
  expect(methods.filter((name) => !named(name))).toEqual([])
})

test('it has all roles in its diagram', () => {
  const roles = [...source('output').matchAll(/export type Role = (.*)/g)][0]![1]!
  for (const [, role] of roles.matchAll(/'([\w-]+)'/g)) {
    expect(part('Roles')).toContain(`${role!.replace('-', '_')} `)
  }
})
