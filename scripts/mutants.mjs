// `npm run sim:mutants`: puts each known bug of real Raft systems back into a copy of the source and
// shows that the simulator, or the named scenarios, catch it. A line for each says how many seeds
// and events that took, the one below it what failed.
//
//   node scripts/mutants.mjs [S1 L17 ...] [--seeds 600] [--jobs 2] [--limit-s 600]
//
// A mutant counts as caught only if a promise was seen broken: neither if its code crashes (a type
// error shows nothing), nor if it takes longer than the limit and has to be ended.
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
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildSimulation } from './build-simulation.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const built = `${root}dist-sim/`
const place = `${root}dist-sim-mutants/`
const copied = ['src', 'test', 'scripts', 'migrations', 'package.json', 'tsconfig.json']
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '600' },
    jobs: { type: 'string', default: `${availableParallelism()}` },
    'limit-s': { type: 'string', default: '600' },
  },
})
/** What code that does not fit together throws. */
const crash = /\b(TypeError|ReferenceError|SyntaxError|RangeError)\b/
/** What the simulator puts before the words of an invariant that broke inside a replica. */
const wrapping = /^no replica stops: \d+ stopped, internal: An unexpected error: InvariantFailure: /

/** Programs that run now, each with those that it started: whoever ends this run ends them. */
const running = new Set()
const endAll = () => {
  for (const { pid } of running) process.kill(-pid, 'SIGKILL')
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    endAll()
    process.exit(1)
  })
}

/** Runs a program; one that goes on beyond the limit is ended, with all that it started. */
function run(command, args, cwd) {
  const child = spawn(process.execPath, [command, ...args], { cwd, detached: true })
  running.add(child)
  let text = ''
  let isEnded = false
  const end = () => {
    isEnded = true
    process.kill(-child.pid, 'SIGKILL')
  }
  const timer = setTimeout(end, Number(values['limit-s']) * 1000)
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk
    })
  }
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ code, text, isEnded })
    })
  })
}

/** @returns `took`: how much it took; `how`: what failed, null if nothing did */
async function trySeeds({ id, caughtBy }, texts, folder) {
  cpSync(built, folder, { recursive: true, preserveTimestamps: true })
  buildSimulation(folder, texts)
  const range = ['--seeds', `1-${values.seeds}`, '--brief', '--workers', '1']
  const args = [...range, ...(caughtBy.args ?? [])]
  const command = `${folder}test/simulation/${caughtBy.simulation ?? 'raft'}/command.js`
  const { text, isEnded } = await run(command, args, root)
  const found = /^seed \d+: (.*)$/m.exec(text)
  const [, seeds, events] = [...text.matchAll(/^(\d+) seeds .*?: (\d+) events/gm)].at(-1) ?? []
  const took = `${seeds ?? 0} seeds, ${events ?? 0} events`
  if (found !== null) return { took, how: found[1].replace(wrapping, '') }
  if (isEnded) return { took: `${took}, then ended by the limit of time`, how: null }
  // One that breaks a worker outright would be no proof: say so.
  if (seeds === undefined) throw new Error(`${id}: the simulator did not run: ${text.slice(-500)}`)
  return { took, how: null }
}

async function tryScenario({ id, caughtBy }, texts, folder) {
  for (const name of [...copied, 'vitest.config.ts'])
    cpSync(root + name, folder + name, { recursive: true })
  symlinkSync(`${root}node_modules`, `${folder}node_modules`)
  for (const [file, text] of texts) writeFileSync(folder + file, text)
  const vitest = `${root}node_modules/vitest/vitest.mjs`
  const args = ['run', '--project', 'unit', ...caughtBy.files]
  const { code, text, isEnded } = await run(vitest, args, folder)
  if (isEnded) return { took: 'a scenario ended by the limit of time', how: null }
  if (code === 0) return { took: 'scenarios', how: null }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of the report
  const plain = text.replace(/\x1b\[[0-9;]*m/g, '')
  const failed = [...plain.matchAll(/^\s*FAIL\s+(.*)\n(.*)/gm)]
  if (failed.length === 0) throw new Error(`${id}: nothing did run: ${plain.slice(-500)}`)
  const named = failed.find(([, title]) => title.includes(caughtBy.title))
  // Another test that fails is not the one that is about this bug.
  const [, title, error] = named ?? failed[0]
  const what = `${title.replace(/^.*?> /, '')}: ${error}`
  if (named === undefined) return { took: `instead of "${caughtBy.title}": ${what}`, how: null }
  return { took: 'a scenario', how: what }
}

/** The changed files of a mutant. @throws when a text is not there exactly once */
function patched({ id, edits }) {
  try {
    return applyEdits(edits, (file) => readFileSync(root + file, 'utf8'))
  } catch (error) {
    throw new Error(`${id}: ${error.message}`)
  }
}

async function attempt(mutant) {
  const folder = `${place}${mutant.id}/`
  const { kind } = mutant.caughtBy
  const texts = patched(mutant)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const tried = await (kind === 'seeds' ? trySeeds : tryScenario)(mutant, texts, folder)
  rmSync(folder, { recursive: true, force: true })
  return tried
}

async function report(mutant) {
  const startMs = performance.now()
  const { took, how } = await attempt(mutant)
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0)
  const isCrash = how !== null && crash.test(how)
  const isCaught = how !== null && !isCrash
  const verdict = isCaught ? 'caught' : isCrash ? 'CRASHED' : 'NOT CAUGHT'
  console.log(`${mutant.id.padEnd(4)} ${verdict}  ${mutant.bug}\n       ${took}, ${seconds} s`)
  if (how !== null) console.log(`       ${how.slice(0, 160)}`)
  return isCaught
}

buildSimulation()
const mutantsIn = (name) => import(`${built}test/simulation/mutants/${name}.js`)
const { applyEdits } = await mutantsIn('mutant')
const { safetyMutants } = await mutantsIn('safety-mutants')
const { livenessMutants } = await mutantsIn('liveness-mutants')
const { ownershipMutants } = await mutantsIn('ownership-mutants')
const { ruleMutants } = await mutantsIn('rule-mutants')
const { callMutants } = await mutantsIn('call-mutants')
const raft = [...safetyMutants, ...livenessMutants, ...ruleMutants]
const all = [...raft, ...ownershipMutants, ...callMutants]
const chosen = positionals.length === 0 ? all : all.filter(({ id }) => positionals.includes(id))
// A text that is not there any more is found at once.
for (const mutant of chosen) patched(mutant)
const startedMs = performance.now()
const waiting = [...chosen]
let caught = 0
const work = async () => {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (await report(next)) caught += 1
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, work))
if (existsSync(place)) rmSync(place, { recursive: true, force: true })
const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1)
console.log(`${caught} of ${chosen.length} mutants caught in ${minutes} minutes`)
process.exitCode = caught === chosen.length ? 0 : 1
