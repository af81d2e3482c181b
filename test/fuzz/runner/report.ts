/** What came of a door, for people. */

import { shownHoldings, type WorstStall } from './judge.js'
import type { DoorReport } from './run-door.js'

const answersShown = 40

export function reportLines(report: DoorReport, seed: number): readonly string[] {
  const { name, cases, inputs, tookMs, answers, findings, figures, excused } = report
  const { worst, machineMs, starvedMs, before, after } = figures
  const kinds = [...answers].sort(([, a], [, b]) => b - a)
  const shown = kinds.slice(0, answersShown).map(([kind, count]) => `${kind} ${count}`)
  const seconds = tookMs / 1_000
  const speed = Math.round(inputs / seconds)
  return [
    `${name}: ${inputs} inputs in ${cases} cases, ${seconds.toFixed(1)} s, ${speed} inputs/s`,
    `  answers: ${shown.join(', ')}${kinds.length > answersShown ? ', …' : ''}`,
    `  worst stall: ${Math.round(worst.sureMs)} ms for sure, ${stallLine(worst, machineMs)}`,
    `  longest wait for a processor: ${Math.round(starvedMs)} ms; it explains ${excused} answers`,
    ...shownHoldings(before, after).map((line) => `  memory: ${line}`),
    ...findings.flatMap(({ what, caseNumber, times }) => [
      `  finding (${times} times): ${what}`,
      ...(caseNumber === null
        ? [`    again: npm run fuzz -- ${name} --seed ${seed} --inputs ${inputs}`]
        : [`    again: npm run fuzz -- --replay ${name}:${seed}:${caseNumber}`]),
    ]),
    `${name}: ${findings.length === 0 ? 'ok' : `${findings.length} findings`}, seed ${seed}`,
  ]
}

function stallLine({ name, ownMs }: WorstStall, machineMs: number): string {
  const own = `${Math.round(ownMs)} ms with what piled up on a busy machine (${name})`
  return `${own}; the machine itself ${Math.round(machineMs)} ms`
}
