import { readdirSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { longFiles } from './layers.js'
import { lineOf, parse, readSources, root, type SourceFile, visit } from './source-tree.js'

const linesMax = 400
const columnsMax = 100
const functionLinesMax = 70

const folders = ['src', 'test', 'bench', 'examples']
const sources = readSources(...folders).filter(({ generated }) => !generated)

// Put together, so that this file does not hold what it looks for.
const openWork = new RegExp(
  `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`,
)
const junkDrawer = /(^|\/)(utils?|lib|helpers?|common|misc|shared|types)(\/|\.ts$)/
const runners = ['test', 'it', 'describe', 'suite', 'bench']
const skipping = ['skip', 'only', 'todo', 'skipIf', 'runIf', 'fails']

const at = ({ path }: SourceFile, line: number, what: string) => `${path}:${line} ${what}`

/** Patches hold lines of the product as they stand there, behind an indentation of their own. */
const verbatim = 'test/simulation/mutants/'

function longLines(file: SourceFile): string[] {
  if (file.path.startsWith(verbatim)) return []
  return file.lines.flatMap((line, i) =>
    // A title, pattern or message that cannot be broken stands alone in its line.
    line.length > columnsMax &&
    !/^\s*(test|it|describe)(\.\w+)?\(/.test(line) &&
    !/^\s*\S+$/.test(line)
      ? [at(file, i + 1, `has ${line.length} columns`)]
      : [],
  )
}

function openWorkIn(file: SourceFile): string[] {
  return file.lines.flatMap((line, i) =>
    openWork.test(line) ? [at(file, i + 1, line.trim())] : [],
  )
}

function longFunctions(file: SourceFile): string[] {
  const faults: string[] = []
  visit(file.ast, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return
    const first = lineOf(file.ast, node)
    const last = file.ast.getLineAndCharacterOfPosition(node.end).line + 1
    const lines = last - first + 1
    if (lines > functionLinesMax) faults.push(at(file, first, `is a function of ${lines} lines`))
  })
  return faults
}

function defaultExports(file: SourceFile): string[] {
  const faults: string[] = []
  visit(file.ast, (node) => {
    const isDefault =
      ts.isExportAssignment(node) ||
      (ts.canHaveModifiers(node) &&
        ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) ||
      (ts.isExportSpecifier(node) && node.name.text === 'default')
    if (isDefault) faults.push(at(file, lineOf(file.ast, node), 'exports a default'))
  })
  return faults
}

function mutableModuleState(file: SourceFile): string[] {
  return file.ast.statements
    .filter(ts.isVariableStatement)
    .filter(({ declarationList }) => (declarationList.flags & ts.NodeFlags.Const) === 0)
    .map((statement) => at(file, lineOf(file.ast, statement), 'is a variable of the module'))
}

function skippedTests(file: SourceFile): string[] {
  const faults: string[] = []
  visit(file.ast, (node) => {
    if (!ts.isPropertyAccessExpression(node) || !skipping.includes(node.name.text)) return
    const object = node.expression.getText(file.ast)
    const runner = object.split(/[.(]/)[0] ?? ''
    // `t.skip()` inside a test as well: a context has no other method of that name.
    const inContext = node.name.text === 'skip' && ['t', 'context', 'ctx'].includes(runner)
    if (!runners.includes(runner) && !inContext) return
    faults.push(at(file, lineOf(file.ast, node), `skips or focuses: ${node.getText(file.ast)}`))
  })
  return faults
}

test(`files have at most ${linesMax} lines, or a reason`, () => {
  const long = sources.filter(({ lines }) => lines.length > linesMax).map(({ path }) => path)
  expect(long).toEqual(Object.keys(longFiles).sort())
})

test(`lines have at most ${columnsMax} columns`, () => {
  expect(sources.flatMap(longLines)).toEqual([])
})

test(`functions in src have at most ${functionLinesMax} lines`, () => {
  const product = sources.filter(({ path }) => path.startsWith('src/'))
  expect(product.flatMap(longFunctions)).toEqual([])
})

test('files and folders have kebab-case names, and none is a junk drawer', () => {
  const names = ['src', 'test', 'scripts', 'bin', 'migrations'].flatMap((folder) => {
    try {
      return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    } catch {
      return []
    }
  })
  const part = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/
  const isNamed = (one: string) => one === 'README.md' || part.test(one)
  const odd = names.filter((name) => !name.split('/').every(isNamed))
  // SQL migrations are numbered: 0001-name.sql or 0001_name.sql.
  expect(odd.filter((name) => !/^\d+_[a-z0-9-_]+\.sql$/.test(name))).toEqual([])
  expect(sources.map(({ path }) => path).filter((path) => junkDrawer.test(path))).toEqual([])
})

test('no source exports a default', () => {
  expect(sources.flatMap(defaultExports)).toEqual([])
})

test('no module of src holds a variable', () => {
  const product = sources.filter(({ path }) => path.startsWith('src/'))
  expect(product.flatMap(mutableModuleState)).toEqual([])
})

test('no test is skipped, focused or planned only', () => {
  expect(sources.filter(({ path }) => path.startsWith('test/')).flatMap(skippedTests)).toEqual([])
})

test('no source puts work off', () => {
  expect(sources.flatMap(openWorkIn)).toEqual([])
})

test('every test file holds a test with an expectation or an assertion', () => {
  const empty = sources
    .filter(({ path }) => path.endsWith('.test.ts'))
    .filter(({ text }) => !/\b(expect|assert)\b[\s\S]*[.(]/.test(text.replace(/^import.*$/gm, '')))
  expect(empty.map(({ path }) => path)).toEqual([])
})

test('these rules see what they are there for', () => {
  const file = (text: string) => parse('src/cli/x.ts', text)
  expect(longLines(file(`const a = 1 // ${'x'.repeat(100)}`))).toHaveLength(1)
  expect(openWorkIn(file(`// ${'TO' + 'DO'}: later`))).toHaveLength(1)
  expect(longFunctions(file(`function f() {${'\n'.repeat(71)}}`))).toHaveLength(1)
  expect(defaultExports(file('export default 1'))).toHaveLength(1)
  expect(defaultExports(file('export default function f() {}'))).toHaveLength(1)
  expect(defaultExports(file('const a = 1\nexport { a as default }'))).toHaveLength(1)
  expect(mutableModuleState(file('let n = 0\nconst c = 1\nvar v = 2'))).toHaveLength(2)
  const skipped = ['test.skip("")', 'describe.only("")', 'test.each([1]).skip("")', 't.skip()']
  for (const text of skipped) expect(skippedTests(file(text))).toHaveLength(1)
  expect(skippedTests(file('reader.skip(4)\nstream.only'))).toEqual([])
})
