/** The project's own TypeScript, read and parsed, for tests that hold its rules. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface SourceFile {
  /** From the root, with slashes: `src/raft/core/entry.ts`. */
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
  readonly ast: ts.SourceFile
  /** Made by a program; rules of form do not apply. */
  readonly generated: boolean
  readonly imports: readonly Import[]
}

export interface Import {
  /** Path of a file of ours, from the root; or the name as it stands: `node:fs`, `ws`. */
  readonly target: string
  readonly own: boolean
  readonly line: number
}

/** All `.ts` files of ours below these folders. */
export function readSources(...folders: readonly string[]): readonly SourceFile[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
        .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts')),
    )
    .sort()
    .map((path) => parse(path, readFileSync(join(root, path), 'utf8')))
}

/** Parses a text as if it stood at that path. */
export function parse(path: string, text: string): SourceFile {
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  return {
    path,
    text,
    lines: text.split('\n'),
    ast,
    generated: path.endsWith('.generated.ts'),
    imports: importsOf(path, ast),
  }
}

function importsOf(path: string, ast: ts.SourceFile): readonly Import[] {
  const found: Import[] = []
  visit(ast, (node) => {
    const specifier = specifierOf(node)
    if (specifier === null) return
    const own = specifier.text.startsWith('.')
    const target = own
      ? relative(root, resolve(root, dirname(path), specifier.text)).replace(/\.js$/, '.ts')
      : specifier.text
    found.push({ target, own, line: lineOf(ast, specifier) })
  })
  return found
}

/** Static, re-exporting, dynamic and type imports alike: each is knowledge of another file. */
function specifierOf(node: ts.Node): ts.StringLiteralLike | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const { moduleSpecifier } = node
    return moduleSpecifier && ts.isStringLiteralLike(moduleSpecifier) ? moduleSpecifier : null
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments
    return argument && ts.isStringLiteralLike(argument) ? argument : null
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const { literal } = node.argument
    return ts.isStringLiteralLike(literal) ? literal : null
  }
  return null
}

/** Calls `see` for the node and all below it. */
export function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node)
  node.forEachChild((child) => visit(child, see))
}

/** Line of a node, from 1. */
export function lineOf(ast: ts.SourceFile, node: ts.Node): number {
  return ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1
}
