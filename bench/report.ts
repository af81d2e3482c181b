/**
 * `npm run bench:report`: draws a picture of each result in bench/results, and writes its figures
 * into docs/performance.md, between the marks of that benchmark.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { readResult } from './harness/result.js'
import { pictureFolder, withResult } from './report/page.js'
import { pictureOf } from './report/picture.js'

const program = new Command('bench:report')
  .description('Draws the results, and writes their figures into the page.')
  .option('--results <folder>', 'with NAME.json', 'bench/results')
  .option('--page <file>', 'that has the marks', 'docs/performance.md')
  .parse()
const { results, page } = program.opts<{ results: string; page: string }>()
const pictures = join(dirname(page), pictureFolder)
mkdirSync(pictures, { recursive: true })
let text = readFileSync(page, 'utf8')
for (const file of readdirSync(results).sort()) {
  if (!file.endsWith('.json')) continue
  const result = readResult(join(results, file))
  const picture = pictureOf(result)
  if (picture !== null) writeFileSync(join(pictures, `${result.benchmark}.svg`), picture)
  text = withResult(text, result, picture !== null)
  console.log(`${result.benchmark}: ${result.figures.length} figures`)
}
writeFileSync(page, text)
