// `npm run sim:mutants`: puts each known bug of real Raft systems back into a copy of the source and
// shows that the simulator, or the named scenarios, catch it. Reports how many seeds that took.
//
//   node scripts/mutants.mjs [S1 L17 ...] [--seeds 400] [--workers 2]
import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildSimulation } from './build-simulation.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const built = `${root}dist-sim/`
const place = `${root}dist-sim-mutants/`
const copied = ['src', 'test', 'scripts', 'migrations', 'package.json', 'tsconfig.json']
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '400' }, workers: { type: 'string' } },
})

buildSimulation()
const mutantsIn = (name) => import(`${built}test/simulation/mutants/${name}.js`)
const { safetyMutants } = await mutantsIn('safety-mutants')
const { livenessMutants } = await mutantsIn('liveness-mutants')
const { ownershipMutants } = await mutantsIn('ownership-mutants')
const all = [...safetyMutants, ...livenessMutants, ...ownershipMutants]
const chosen = positionals.length === 0 ? all : all.filter(({ id }) => positionals.includes(id))

/** The changed files of a mutant. @throws when a text is not there exactly once */
function patch({ id, edits }) {
  const texts = new Map()
  for (const { file, find, replace } of edits) {
    const text = texts.get(file) ?? readFileSync(root + file, 'utf8')
    const count = text.split(find).length - 1
    if (count !== 1) throw new Error(`${id}: a text is ${count} times in ${file}: ${find}`)
    texts.set(
      file,
      text.replace(find, () => replace),
    )
  }
  return texts
}

function run(command, args, cwd) {
  const child = spawn(process.execPath, [command, ...args], { cwd })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  child.stderr.on('data', (chunk) => {
    text += chunk
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })))
}

/** @returns how it was caught; null if it was not */
async function trySeeds({ id, caughtBy }, texts) {
  const folder = `${place}${id}/`
  rmSync(folder, { recursive: true, force: true })
  cpSync(built, folder, { recursive: true, preserveTimestamps: true })
  buildSimulation(folder, texts)
  const range = ['--seeds', `1-${values.seeds}`, '--brief', ...(caughtBy.args ?? [])]
  if (values.workers !== undefined) range.push('--workers', values.workers)
  const command = `${folder}test/simulation/${caughtBy.simulation ?? 'raft'}/command.js`
  const { text } = await run(command, range, root)
  rmSync(folder, { recursive: true, force: true })
  const found = /^seed \d+: (.*)$/m.exec(text)
  const [, seeds] = [...text.matchAll(/^(\d+) seeds/gm)].at(-1) ?? []
  if (found !== null) return `${seeds} seeds: ${found[1].slice(0, 100)}`
  // One that breaks a worker outright would be no proof: say so.
  if (seeds === undefined) throw new Error(`${id}: the simulator did not run: ${text.slice(-500)}`)
  return null
}

async function tryScenario({ id, caughtBy }, texts) {
  const folder = `${place}${id}/`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const name of [...copied, 'vitest.config.ts'])
    cpSync(root + name, folder + name, { recursive: true })
  symlinkSync(`${root}node_modules`, `${folder}node_modules`)
  for (const [file, text] of texts) writeFileSync(folder + file, text)
  const vitest = `${root}node_modules/vitest/vitest.mjs`
  const args = ['run', '--project', 'unit', ...caughtBy.files]
  const { code, text } = await run(vitest, args, folder)
  rmSync(folder, { recursive: true, force: true })
  if (code === 0) return null
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of the report
  const plain = text.replace(/\x1b\[[0-9;]*m/g, '')
  const failed = /FAIL\s+(.*)/.exec(plain)
  if (failed === null) throw new Error(`${id}: the scenario did not run: ${plain.slice(-500)}`)
  return `scenario: ${failed[1].replace(/^.*> /, '').slice(0, 100)}`
}

const startedMs = performance.now()
let missed = 0
for (const mutant of chosen) {
  const texts = patch(mutant)
  const isSeeds = mutant.caughtBy.kind === 'seeds'
  const how = await (isSeeds ? trySeeds(mutant, texts) : tryScenario(mutant, texts))
  if (how === null) missed += 1
  console.log(`${mutant.id.padEnd(4)} ${how === null ? 'NOT CAUGHT' : 'caught'}  ${mutant.bug}`)
  if (how !== null) console.log(`       ${how}`)
}
if (existsSync(place)) rmSync(place, { recursive: true, force: true })
const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1)
console.log(`${chosen.length - missed} of ${chosen.length} mutants caught in ${minutes} minutes`)
process.exitCode = missed === 0 ? 0 : 1
