/**
 *     npm run fuzz -- [DOOR…] [--seed N] [--inputs 100000] [--for 10m] [--replay DOOR:SEED:CASE]
 *
 * Tries doors one after the other, all of them where none is named. Exit code: 0 nothing was found,
 * 1 something was, with the command that shows it again; 2 the arguments are wrong.
 */
import { randomInt } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Endings } from '../chaos/cluster/endings.js'
import { exitWith } from '../support/exit.js'
import { root } from '../support/program.js'
import { Ground } from './cluster/ground.js'
import type { Door } from './door.js'
import { doors } from './doors.js'
import { reportLines } from './runner/report.js'
import { runDoor } from './runner/run-door.js'

const usage = `npm run fuzz -- [DOOR…] [OPTIONS]

Doors, all where none is named:
${doors.map(({ name, about }) => `  ${name.padEnd(16)} ${about}`).join('\n')}

Options:
  --seed N                   of all chance; printed in any case
  --inputs 100000            of each door
  --for 10m                  each door for so long instead (s, m, h)
  --replay DOOR:SEED:CASE    one case again
  --help                     this text`

/** So many inputs, or this part of all, come before that by which memory is judged. */
const warmUpMax = 5_000
const warmUpPart = 0.1

interface Plan {
  readonly doors: readonly Door[]
  readonly seed: number
  readonly inputs: number
  readonly forMs: number | null
  readonly only: number | null
}

function readPlan(): Plan | null {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...{ seed: text, inputs: text, for: text, replay: text, help: { type: 'boolean' } },
    },
  })
  if (values.help === true) return null
  const [replayed, replaySeed, replayCase] = values.replay?.split(':') ?? []
  const seed = Number(replaySeed ?? values.seed ?? randomInt(1_000_000))
  const forMs = values.for === undefined ? null : durationMs(values.for)
  const inputs = Number(values.inputs ?? (forMs === null ? 100_000 : Number.MAX_SAFE_INTEGER))
  const only = replayed === undefined ? null : Number(replayCase)
  const names = replayed === undefined ? positionals : [replayed]
  if (![seed, inputs, only ?? 0].every((one) => Number.isSafeInteger(one) && one >= 0)) {
    throw new Error('Numbers are whole, and a case is given as DOOR:SEED:CASE.')
  }
  const chosen = names.map((name) => {
    const door = doors.find((one) => one.name === name)
    if (door === undefined) throw new Error(`There is no door "${name}".`)
    return door
  })
  return { doors: chosen.length === 0 ? doors : chosen, seed, inputs, forMs, only }
}

function durationMs(text: string): number {
  const [, amount, unit] = /^(\d+)(s|m|h)$/.exec(text) ?? []
  if (amount === undefined) throw new Error('--for takes 90s, 10m or 1h.')
  return Number(amount) * { s: 1_000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h']
}

function planOrExplain(): Plan | null {
  try {
    const plan = readPlan()
    if (plan === null) console.log(usage)
    return plan
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    process.exitCode = 2
    return null
  }
}

async function run({ doors: chosen, seed, inputs, forMs, only }: Plan): Promise<number> {
  const endings = new Endings()
  const folder = mkdtempSync(join(tmpdir(), 'berth-fuzz-'))
  // Postgres runs as another user where this is root's.
  chmodSync(folder, 0o711)
  endings.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  let found = 0
  try {
    const ground = new Ground(endings, folder)
    for (const door of chosen) {
      const warmUp = Math.min(warmUpMax, Math.ceil(inputs * warmUpPart))
      const onLine = (line: string) => console.log(line)
      const logs = `${root}.berth/fuzz`
      const plan = { door, seed, warmUp, inputs, forMs, only, logs, onLine }
      const report = await runDoor(ground, endings, plan)
      found += report.findings.length
      for (const line of reportLines(report, seed)) console.log(line)
    }
  } finally {
    await endings.end()
  }
  if (found > 0) console.log(`Lines of all processes: ${root}.berth/fuzz`)
  return found
}

const plan = planOrExplain()
if (plan !== null) exitWith((await run(plan)) === 0 ? 0 : 1)
