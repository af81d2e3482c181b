import { existsSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'
import {
  edges,
  impureNames,
  isPure,
  mayImport,
  pureFolders,
  purePackages,
  roomsOfReplica,
} from './layers.js'
import { lineOf, parse, readSources, root, type SourceFile, visit } from './source-tree.js'

const sources = readSources('src')

const areaOf = (path: string): string => path.split('/')[1] ?? ''

const packageOf = (name: string): string =>
  name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : (name.split('/')[0] ?? name)

function layerFaults(file: SourceFile): string[] {
  const allowed = mayImport[areaOf(file.path)]
  if (allowed === undefined) return [`${file.path}: src/${areaOf(file.path)} is not in layers.ts`]
  return file.imports
    .filter(({ own, target }) => own && target.startsWith('src/'))
    .filter(({ target }) => ![areaOf(file.path), ...allowed].includes(areaOf(target)))
    .map(({ target, line }) => `${file.path}:${line} must not import ${target}`)
}

function roomFaults(file: SourceFile): string[] {
  const roomOf = (path: string) => /^src\/replica\/(?:(\w+)\/)?[^/]+$/.exec(path)?.[1] ?? ''
  if (areaOf(file.path) !== 'replica') return []
  const allowed = roomsOfReplica[roomOf(file.path)]
  if (allowed === undefined) return [`${file.path} is in no room of layers.ts`]
  return file.imports
    .filter(({ own, target }) => own && target.startsWith('src/replica/'))
    .filter(({ target }) => ![roomOf(file.path), ...allowed].includes(roomOf(target)))
    .map(({ target, line }) => `${file.path}:${line} must not import ${target}`)
}

function purityFaults(file: SourceFile): string[] {
  const imports = file.imports
    .filter(({ own, target }) =>
      own ? !isPure(target) : !purePackages.includes(packageOf(target)),
    )
    .map(({ target, line }) => `${file.path}:${line} is pure and must not import ${target}`)
  return [...imports, ...impureUses(file)]
}

function impureUses(file: SourceFile): string[] {
  const declared = new Set<string>()
  visit(file.ast, (node) => {
    const named =
      ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isImportSpecifier(node)
    if (named && ts.isIdentifier(node.name)) declared.add(node.name.text)
  })
  const faults: string[] = []
  visit(file.ast, (node) => {
    const use = impureUse(node)
    if (use === null || declared.has(use)) return
    faults.push(`${file.path}:${lineOf(file.ast, node)} is pure and must not use ${use}`)
  })
  return faults
}

function impureUse(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random') return 'Math.random'
  if (!ts.isIdentifier(node) || !impureNames.includes(node.text)) return null
  const { parent } = node
  const isKey =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isMethodDeclaration(parent)) &&
      parent.name === node)
  return isKey ? null : node.text
}

/** Each circle once, as `a -> b -> a`. */
function circles(files: readonly SourceFile[]): string[] {
  const targets = new Map(
    files.map((file) => [file.path, file.imports.filter(({ own }) => own).map((i) => i.target)]),
  )
  const done = new Set<string>()
  const found: string[] = []
  const walk = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path)
    if (at >= 0) {
      found.push([...way.slice(at), path].join(' -> '))
      return
    }
    if (done.has(path)) return
    for (const next of targets.get(path) ?? []) walk(next, [...way, path])
    done.add(path)
  }
  for (const path of targets.keys()) walk(path, [])
  return found
}

test('every part of src imports only the parts that it may know', () => {
  expect(sources.flatMap(layerFaults)).toEqual([])
})

test('the rooms of the replica know one another in one direction', () => {
  expect(sources.flatMap(roomFaults)).toEqual([])
})

test('sidecar, calls, cli and dashboard never know the server', () => {
  const server = ['raft', 'fsm', 'hosts', 'broadcast', 'api', 'replica']
  for (const client of ['sidecar', 'sidecar-process', 'calls', 'cli', 'dashboard']) {
    expect(mayImport[client]?.filter((area) => server.includes(area))).toEqual([])
  }
})

test('there is one composition root, and nobody imports it', () => {
  const knowing = Object.entries(mayImport).filter(([, areas]) => areas.includes('replica'))
  expect(knowing).toEqual([])
})

test('pure parts import only pure parts, and touch no clock, timer, console or random source', () => {
  expect(sources.filter(({ path }) => isPure(path)).flatMap(purityFaults)).toEqual([])
})

test('no files import one another in a circle', () => {
  expect(circles(sources)).toEqual([])
})

test('every import of a file of ours names a file that exists', () => {
  const missing = [...sources, ...readSources('test')].flatMap(({ path, imports }) =>
    imports
      .filter(({ own, target }) => own && target.endsWith('.ts'))
      .filter(({ target }) => !existsSync(root + target))
      .map(({ target, line }) => `${path}:${line} imports ${target}`),
  )
  expect(missing).toEqual([])
})

test('every exception in the tables is still needed', () => {
  const needless = Object.keys(edges).filter((path) => {
    const file = sources.find((source) => source.path === path)
    return file === undefined || purityFaults(file).length === 0
  })
  expect(needless).toEqual([])
  expect(Object.keys(edges).filter((path) => !pureFolders.some((f) => path.startsWith(f)))).toEqual(
    [],
  )
})

test('these rules see what they are there for', () => {
  const pure = (text: string) => purityFaults(parse('src/raft/core/x.ts', text))
  expect(pure("import { readFileSync } from 'node:fs'")).toHaveLength(1)
  expect(pure("import type { Pool } from 'pg'")).toHaveLength(1)
  expect(pure("export { x } from '../store/connection.js'")).toHaveLength(1)
  expect(pure("const later = () => import('ws')")).toHaveLength(1)
  expect(pure('const now = Date.now() + performance.now()')).toHaveLength(2)
  expect(pure('const chance = Math.random()')).toHaveLength(1)
  expect(pure('export function f(performance: number) { return performance }')).toEqual([])
  expect(pure("import { unpack } from 'msgpackr'\nexport const o = { process: 1 }")).toEqual([])
  const layer = (path: string, text: string) => layerFaults(parse(path, text))
  expect(layer('src/sidecar/x.ts', "import type { A } from '../fsm/command.js'")).toHaveLength(1)
  expect(layer('src/cli/x.ts', "import { connect } from '../sidecar/index.js'")).toEqual([])
  expect(layer('src/unheard-of/x.ts', '')).toHaveLength(1)
  const room = (path: string, text: string) => roomFaults(parse(path, text))
  expect(room('src/replica/machine/x.ts', "import '../process/run.js'")).toHaveLength(1)
  expect(room('src/replica/process/x.ts', "import '../machine/relay.js'")).toEqual([])
  expect(room('src/replica/x.ts', '')).toHaveLength(1)
  const round = [
    parse('src/fsm/a.ts', "import './b.js'"),
    parse('src/fsm/b.ts', "import type { C } from './c.js'"),
    parse('src/fsm/c.ts', "export * from './a.js'"),
  ]
  expect(circles(round)).toEqual(['src/fsm/a.ts -> src/fsm/b.ts -> src/fsm/c.ts -> src/fsm/a.ts'])
})
