import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './source-tree.js'

/** Paths of all documents, from the root. */
function documents(): string[] {
  const markdown = (folder: string) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name))
  return [...markdown('.'), ...markdown('docs')]
}

/** Titles in quotation marks behind the path of a test file: after a colon, or in brackets. */
function titlesIn(text: string): { file: string; title: string }[] {
  const named = text.matchAll(/`(test\/[\w./-]+\.test\.ts)`(?::\s|\s\()("[^"]+"(?:,\s"[^"]+")*)/g)
  return [...named].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => {
      return { file, title: title.replace(/\s+/g, ' ') }
    }),
  )
}

/** Rules of ownership that are broken on purpose, by the names of `npm run sim:mutants`. */
function ownershipMutants(): string[] {
  const folder = 'test/simulation/mutants'
  const files = readdirSync(join(root, folder)).map((name) => read(join(folder, name)))
  return files.flatMap((text) => [...text.matchAll(/id: '(O\w+)'/g)].map(([, id = '']) => id))
}

const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Targets of links to files of the project, without their anchors. */
function linksIn(text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^(https?:|#)/.test(target)).map((t) => t.replace(/#.*/, ''))
}

/** Paths that are written as code, below folders that exist for ever. */
function pathsIn(text: string): string[] {
  const code = [...text.matchAll(/`([^`\n]+)`/g)].map(([, inner = '']) => inner)
  const isPath = /^(src|test|docs|migrations|scripts|examples|bench)\/[\w./-]+$/
  return code.filter((one) => isPath.test(one)).map((one) => one.replace(/\/$/, ''))
}

test('links in documents lead to files that exist', () => {
  const dead = documents().flatMap((path) =>
    linksIn(read(path))
      .filter((target) => !existsSync(join(root, dirname(path), target)))
      .map((target) => `${path}: ${target}`),
  )
  expect(dead).toEqual([])
})

test('paths in documents name files that exist', () => {
  const dead = documents().flatMap((path) =>
    pathsIn(read(path))
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${path}: ${target}`),
  )
  expect(dead).toEqual([])
})

test('tests that documents name by their title are there', () => {
  const missing = documents().flatMap((path) =>
    titlesIn(read(path))
      .filter(({ file, title }) => !read(file).includes(title))
      .map(({ file, title }) => `${path}: ${file}: ${title}`),
  )
  expect(missing).toEqual([])
})

test('docs/safety.md argues each rule of ownership that has a mutant, and names no other', () => {
  const named = [...read('docs/safety.md').matchAll(/\bO\d+[a-z]?\b/g)].map(([id]) => id)
  expect(ownershipMutants().length).toBeGreaterThan(40)
  expect([...new Set(named)].sort()).toEqual(ownershipMutants().sort())
})

test('the example of the README is the file that it names', () => {
  const [, example] = /```js\n([\s\S]*?)```/.exec(read('README.md')) ?? []
  expect(read('examples/sidecar.mjs')).toContain(example)
})

test('these rules see what they are there for', () => {
  expect(linksIn('see [a](docs/a.md#b), [b](https://x.y), [c](#d)')).toEqual(['docs/a.md'])
  expect(titlesIn('by `test/a/b.test.ts`: "it works"; `test/c.test.ts` ("so", "and\nso")')).toEqual(
    [
      { file: 'test/a/b.test.ts', title: 'it works' },
      { file: 'test/c.test.ts', title: 'so' },
      { file: 'test/c.test.ts', title: 'and so' },
    ],
  )
  expect(pathsIn('in `src/x/y.ts` and `docs/`, not `a/b` or `src`')).toEqual(['src/x/y.ts'])
})
