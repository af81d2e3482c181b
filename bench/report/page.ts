/**
 * The page of all figures: what stands between a benchmark's marks is written from its result, and
 * everything else is left as it is.
 */
import { figuresText, type Result } from '../harness/result.js'

/** Where the pictures are, as the page sees them. */
export const pictureFolder = 'performance'

const open = (name: string) => `<!-- bench:${name} -->`
const close = (name: string) => `<!-- /bench:${name} -->`

/** @returns the page with this result in its place; at its end, where it has none yet */
export function withResult(page: string, result: Result, hasPicture: boolean): string {
  const { benchmark: name, summary } = result
  const section = [open(name), '', ...sectionOf(result, hasPicture), '', close(name)].join('\n')
  const from = page.indexOf(open(name))
  const to = page.indexOf(close(name))
  if (from < 0 && to < 0) return `${page.trimEnd()}\n\n## ${name}: ${summary}\n\n${section}\n`
  if (from < 0 || to < from) throw new Error(`the marks of ${name} are not a pair`)
  return page.slice(0, from) + section + page.slice(to + close(name).length)
}

function sectionOf(result: Result, hasPicture: boolean): readonly string[] {
  const { benchmark: name, isQuick } = result
  const title = `How far each figure of ${name} is from its target`
  const picture = `![${title}](${pictureFolder}/${name}.svg)`
  return [
    ...(isQuick ? ['**A quick run: it measures nothing.**', ''] : []),
    ...(hasPicture ? [picture, ''] : []),
    ...figuresText(result),
    '',
    `[What is compared, and why it is fair](../bench/results/${name}.md).`,
  ]
}
