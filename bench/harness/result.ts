/** A benchmark's result as JSON (with all samples, versions, the machine) and as a page. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Benchmark, Figure, Target } from './benchmark.js'
import { type Spread, summarize } from './statistics.js'

export interface Result {
  readonly benchmark: string
  readonly summary: string
  readonly compared: string
  readonly fairness: string
  /** UTC, ISO 8601. */
  readonly at: string
  readonly isQuick: boolean
  readonly repetitions: number
  readonly machine: Machine
  /** How many programs ran or waited for a processor before the run, on the mean of a minute. */
  readonly loadBefore: number
  /** Of programs by name. */
  readonly versions: Readonly<Record<string, string>>
  readonly figures: readonly Figure[]
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
}

export function thisMachine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${process.platform} ${release()}`,
  }
}

export function resultOf(
  { name, summary, compared, fairness }: Benchmark,
  run: Pick<Result, 'isQuick' | 'repetitions' | 'loadBefore' | 'versions' | 'figures'>,
): Result {
  const at = new Date().toISOString()
  return { benchmark: name, summary, compared, fairness, at, machine: thisMachine(), ...run }
}

/** Writes `NAME.json` and `NAME.md`. @returns the page */
export function writeResult(folder: string, result: Result): string {
  mkdirSync(folder, { recursive: true })
  const page = pageOf(result)
  writeFileSync(join(folder, `${result.benchmark}.json`), `${JSON.stringify(result, null, 1)}\n`)
  writeFileSync(join(folder, `${result.benchmark}.md`), page)
  return page
}

export function readResult(file: string): Result {
  return JSON.parse(readFileSync(file, 'utf8')) as Result
}

export function pageOf(result: Result): string {
  const lines = [
    ...[`# ${result.benchmark}: ${result.summary}`, ''],
    ...(result.isQuick ? ['**A quick run: it measures nothing.**', ''] : []),
    ...['## What is compared', '', result.compared.trim(), ''],
    ...['## Why it is fair', '', result.fairness.trim(), ''],
    ...['## Figures', '', ...figuresText(result)],
    '',
  ]
  return lines.join('\n')
}

/** Of processors, those that others may use while the machine counts as quiet. */
const quietShare = 0.25

function busyNote({ loadBefore, machine }: Result): readonly string[] {
  if (loadBefore <= quietShare * machine.cores) return []
  return [
    `**The machine was busy with other work: before the run ${digits(loadBefore)} programs ran or`,
    `waited for one of its ${machine.cores} processors.**`,
    '',
  ]
}

/** The table of the figures, and what it was measured with. */
export function figuresText(result: Result): readonly string[] {
  const { machine, versions } = result
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    ...busyNote(result),
    ...tableOf(result.figures),
    '',
    `Medians of ${result.repetitions} repetitions, least and most in brackets; a ratio is that of`,
    'the two in one repetition. Raw samples are in `bench/results`.',
    '',
    `${result.at.slice(0, 10)}; ${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB,`,
    `${machine.kernel}; ${programs.join(', ')}.`,
  ]
}

function tableOf(figures: readonly Figure[]): readonly string[] {
  const rows = figures.map((figure) => {
    const { value, reference, ratio, reached } = summarize(figure)
    const { what, unit, target } = figure
    const cells = [
      what,
      `${shown(value)} ${unit}`,
      reference === null ? '' : `${shown(reference)} ${unit} (${figure.reference!.what})`,
      ratio === null ? '' : `${shown(ratio)} ×`,
      target === undefined ? '' : targetText(target, unit),
      reached === null ? '' : reached ? 'yes' : '**no**',
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    '| | Berth | reference | ratio | target | reached |',
    '| - | - | - | - | - | - |',
    ...rows,
  ]
}

export function targetText({ of, atMost, atLeast }: Target, unit: string): string {
  const kind = of === 'ratio' ? '×' : unit
  return atMost === undefined ? `≥ ${digits(atLeast!)} ${kind}` : `≤ ${digits(atMost)} ${kind}`
}

function shown({ least, median, most }: Spread): string {
  return least === most ? digits(median) : `${digits(median)} (${digits(least)}–${digits(most)})`
}

/** Three digits that say something. */
export function digits(value: number): string {
  const places = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { maximumFractionDigits: places })
}
