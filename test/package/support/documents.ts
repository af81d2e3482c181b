/** The fenced blocks of README.md and docs, and the commands in those that are for a shell. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

export interface Block {
  /** From the root. */
  readonly file: string
  /** Of its fence, from 1. */
  readonly line: number
  readonly language: string
  /** Without the indentation of its fence. */
  readonly text: string
}

/** README.md first, then docs, then READMEs of examples; by name. */
export function documentsOf(root: string): readonly string[] {
  const markdown = (folder: string, which: RegExp) =>
    existsSync(root + folder)
      ? readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
          .filter((name) => which.test(name))
          .sort()
          .map((name) => `${folder}/${name}`)
      : []
  return ['README.md', ...markdown('docs', /\.md$/), ...markdown('examples', /\.md$/)]
}

export function blocksIn(file: string, text: string): Block[] {
  const blocks: Block[] = []
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i += 1) {
    const [, indent, language] = /^( *)```(.*)$/.exec(lines[i]!) ?? []
    if (indent === undefined || language === undefined) continue
    const end = lines.findIndex((line, j) => j > i && line.trim() === '```')
    if (end < 0) throw new Error(`${file}:${i + 1} a block that never ends`)
    const inner = lines.slice(i + 1, end).map((line) => line.slice(indent.length))
    blocks.push({ file, line: i + 1, language, text: inner.join('\n') })
    i = end
  }
  return blocks
}

export const blocksOf = (root: string): Block[] =>
  documentsOf(root).flatMap((file) => blocksIn(file, readFileSync(root + file, 'utf8')))

/** Commands of a block, each in one line, without comments; `a && b` are two. */
export function commandsOf({ text }: Block): string[] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .flatMap((line) => line.split(' && '))
    .filter((line) => line !== '')
}
