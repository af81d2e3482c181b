/**
 * The short form of `npm run fuzz`: a few inputs at each door, always the same. What it finds it
 * prints with the command that shows it again.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileOwner } from '../support/owner.js'
import { root } from '../support/program.js'
import { Ground } from './cluster/ground.js'
import { doors } from './doors.js'
import { reportLines } from './runner/report.js'
import { runDoor } from './runner/run-door.js'

const seed = 1
const inputsUsual = 200
/** Of doors that cost less. */
const inputsOf: Readonly<Record<string, number>> = { decoders: 6_000 }
const warmUpPart = 0.25

const owner = fileOwner()
const folder = mkdtempSync(join(tmpdir(), 'berth-fuzz-'))
// Postgres runs as another user where this is root's.
chmodSync(folder, 0o711)
owner.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
const ground = new Ground(owner, folder)

test.for(doors)('nothing comes of what strangers say at the door "$name"', async (door) => {
  const inputs = inputsOf[door.name] ?? inputsUsual
  const lines: string[] = []
  const report = await runDoor(ground, owner, {
    ...{ door, seed, inputs, warmUp: Math.ceil(inputs * warmUpPart), forMs: null, only: null },
    logs: `${root}.berth/fuzz`,
    onLine: (line) => void lines.push(line),
  })
  lines.push(...reportLines(report, seed))
  expect(report.findings, lines.join('\n')).toEqual([])
  expect(report.inputs).toBeGreaterThanOrEqual(inputs)
  console.log(reportLines(report, seed).join('\n'))
})
