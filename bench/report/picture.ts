/**
 * A benchmark's result as a picture (SVG): one line for each figure that has a target. Its place is
 * how far it is from the target, on a scale of powers: the line in the middle is the target, left
 * of it is better, whatever is measured. A bar goes from the least to the most. Readable on a light
 * and on a dark page, and without colours.
 */
import type { Figure, Target } from '../harness/benchmark.js'
import { digits, type Result, targetText } from '../harness/result.js'
import { type Spread, summarize } from '../harness/statistics.js'

export interface Line {
  readonly what: string
  /** Of the measured ratio or value, in multiples of the target; below 1 is better than it. */
  readonly distance: Spread
  readonly reached: boolean
  /** What was measured, and the target. */
  readonly text: string
}

const rowHeight = 24
const headHeight = 40
const labelWidth = 330
const plotWidth = 340
const textWidth = 210
const width = labelWidth + plotWidth + textWidth
/** The scale ends here on both sides; what is beyond stands at the end. */
const distanceMax = 8
const ticks = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8]

/** Of figures with a target, in their order. */
export function linesOf(figures: readonly Figure[]): readonly Line[] {
  return figures.flatMap((figure) => {
    const { target, what, unit } = figure
    if (target === undefined) return []
    const { ratio, value, reached } = summarize(figure)
    const measured = target.of === 'ratio' ? ratio! : value
    const kind = target.of === 'ratio' ? '×' : unit
    const text = `${digits(measured.median)} ${kind} (${targetText(target, unit)})`
    return [{ what, distance: distanceOf(measured, target), reached: reached!, text }]
  })
}

function distanceOf({ least, median, most }: Spread, { atMost, atLeast }: Target): Spread {
  if (atMost === undefined) {
    const from = (value: number) => atLeast! / value
    return { least: from(most), median: from(median), most: from(least) }
  }
  // A target of none at all is missed by the whole scale, or reached by it.
  const from = (value: number) =>
    atMost > 0 ? value / atMost : value > 0 ? distanceMax : 1 / distanceMax
  return { least: from(least), median: from(median), most: from(most) }
}

/** Where on the picture so many multiples of the target are. */
export function placeOf(distance: number): number {
  const within = Math.min(distanceMax, Math.max(1 / distanceMax, distance))
  const share = (Math.log2(within) / Math.log2(distanceMax) + 1) / 2
  return Math.round((labelWidth + share * plotWidth) * 10) / 10
}

/** @returns null when no figure has a target */
export function pictureOf({ benchmark, figures }: Pick<Result, 'benchmark' | 'figures'>) {
  const lines = linesOf(figures)
  if (lines.length === 0) return null
  const height = headHeight + lines.length * rowHeight + 10
  const title = `${benchmark}: how far each figure is from its target`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...ticks.map((tick) => tickOf(tick, height)),
    `<text class="side" x="${placeOf(1) - 90}" y="14">better</text>`,
    `<text class="side" x="${placeOf(1) + 60}" y="14">worse</text>`,
    ...lines.map((line, row) => rowOf(line, headHeight + row * rowHeight + rowHeight / 2)),
    '</svg>',
    '',
  ].join('\n')
}

const style = [
  'text{font:12px sans-serif;fill:#1f2328}',
  '.page{fill:#ffffff}',
  '.side,.tick{fill:#59636e;font-size:11px}',
  'line{stroke:#d1d9e0}',
  '.target{stroke:#1f2328;stroke-width:1.5}',
  '.spread{stroke-width:5;stroke-linecap:round}',
  '.yes{stroke:#1a7f37;fill:#1a7f37}',
  '.no{stroke:#bc4c00;fill:#ffffff}',
  '@media(prefers-color-scheme:dark){',
  'text{fill:#f0f6fc}.page{fill:#0d1117}.side,.tick{fill:#9198a1}line{stroke:#3d444d}',
  '.target{stroke:#f0f6fc}.yes{stroke:#3fb950;fill:#3fb950}.no{stroke:#f0883e;fill:#0d1117}}',
].join('')

function tickOf(tick: number, height: number): string {
  const x = placeOf(tick)
  const label = tick === 1 ? 'target' : tick < 1 ? `1/${1 / tick}` : `${tick} ×`
  const of = tick === 1 ? ' class="target"' : ''
  return (
    `<line${of} x1="${x}" x2="${x}" y1="${headHeight - 6}" y2="${height - 6}"/>` +
    `<text class="tick" x="${x}" y="${headHeight - 10}" text-anchor="middle">${label}</text>`
  )
}

/** A full circle has reached its target, an empty square has not. */
function rowOf({ what, distance, reached, text }: Line, y: number): string {
  const [least, median, most] = [distance.least, distance.median, distance.most].map(placeOf)
  const mark = reached ? 'yes' : 'no'
  const shape = reached
    ? `<circle class="yes" cx="${median}" cy="${y}" r="5"/>`
    : `<rect class="no" x="${median! - 5}" y="${y - 5}" width="10" height="10" stroke-width="2"/>`
  const baseline = y + 4
  return (
    `<text x="${labelWidth - 14}" y="${baseline}" text-anchor="end">${escaped(what)}</text>` +
    `<line class="spread ${mark}" x1="${least}" x2="${most}" y1="${y}" y2="${y}"/>${shape}` +
    `<text x="${labelWidth + plotWidth + 14}" y="${baseline}">${escaped(text)}</text>`
  )
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
