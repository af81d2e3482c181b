// `npm test`: all tests in phases, each with a budget. Phases of vitest are the kinds that have
// tests. A phase fails by its exit code, by a skipped test, or by taking six times its budget;
// the run fails with any phase, when it takes over an hour (ten minutes are the budget), or when a
// process is left behind.
//
// `--again` (in continuous integration): a file of real processes that failed runs once more, alone.
// If it passes then, its phase passes, and it is named at the end (test-outcome.mjs).
// `npm test -- unit e2e` runs some phases, `--without chaos` leaves one out. On another Node:
// test-on.mjs.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readArguments } from './test-arguments.mjs'
import { testFiles } from './test-kinds.mjs'
import { filesToRepeat, outcomeOf } from './test-outcome.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const totalBudgetS = 600
/** A busy machine may take so long. */
const totalLimitS = 3_600
/** As the limit of the whole run: a busy machine may take so many times the budget. */
const hangFactor = 6
const leftoverWaitMs = 15_000

const node = process.execPath
const tool = (path) => [node, `${root}node_modules/${path}`]
const vitestBudgetsS = {
  architecture: 15,
  unit: 55,
  integration: 60,
  'oldest Postgres': 25,
  programs: 105,
  simulation: 95,
  e2e: 100,
  chaos: 80,
  fuzz: 60,
  package: 60,
}
/** Test files at a time: on two cores, three where they wait for others most of the time. */
const workers = { integration: 3, programs: 3 }
/** Kinds that a busy machine may disturb: real processes, which wait for one another. */
const disturbed = ['integration', 'programs', 'e2e', 'chaos', 'package']
/** The statements of the log store once more, on Postgres 15. */
const oldest = {
  ...{ name: 'oldest Postgres', project: 'integration' },
  only: ['test/raft/store', '--exclude=test/raft/store/faults.test.ts'],
  env: { BERTH_TEST_POSTGRES: 'oldest' },
}
const allPhases = [
  { name: 'build', budgetS: 15, commands: [[node, `${root}scripts/build.mjs`]], vital: true },
  {
    name: 'generated sources',
    budgetS: 5,
    commands: [[node, `${root}scripts/generate.mjs`, '--check']],
  },
  {
    name: 'lint and types',
    budgetS: 25,
    commands: [
      [...tool('@biomejs/biome/bin/biome'), 'check', '.'],
      [...tool('typescript/bin/tsc'), '--noEmit'],
    ],
  },
  ...[...testFiles()]
    .filter(([, files]) => files.length > 0)
    .flatMap(([name]) => [{ name, project: name }, ...(name === 'integration' ? [oldest] : [])])
    .map((phase) => ({ ...phase, budgetS: vitestBudgetsS[phase.name] })),
]
const names = allPhases.map(({ name }) => name)
const { again, chosen, fault } = readArguments(process.argv.slice(2), names)
if (fault !== null) {
  console.error(fault)
  process.exit(1)
}
const phases = allPhases.filter(({ name }) => chosen.includes(name))

/** Start time of a process in the kernel's ticks; null when it does not run. */
function startOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return null
  }
}

// Folders of runs that were killed name a process that runs no more.
for (const name of readdirSync(tmpdir())) {
  const [, pid, start] = /^berth-run-(\d+)-(\w+)-/.exec(name) ?? []
  if (pid === undefined || startOf(pid) === start) continue
  rmSync(join(tmpdir(), name), { recursive: true, force: true })
}

const run = randomUUID()
const folder = mkdtempSync(join(tmpdir(), `berth-run-${process.pid}-${startOf(process.pid)}-`))
// Servers that run as another user must be able to walk through it.
chmodSync(folder, 0o711)
const env = {
  ...process.env,
  BERTH_TEST_RUN: run,
  BERTH_TEST_BUILT: '1',
  TMPDIR: folder,
  // Most of the time goes into starts of processes: later ones compile nothing again (Node 22 on).
  NODE_COMPILE_CACHE: join(folder, 'compiled'),
}
const started = new Set()
let stopping = null

// Ends the phase that runs if this process is killed; see bin/keeper.cjs.
const keeper = spawn(node, [`${root}bin/keeper.cjs`], {
  detached: true,
  stdio: ['pipe', 'ignore', 'ignore'],
})
const tellKeeper = (message) => keeper.stdin.write(`${JSON.stringify(message)}\n`)

/** Runs one command with its output on ours. Gives its exit code, or why it has none. */
function runCommand([file, ...args], limitMs, extraEnv = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, env: { ...env, ...extraEnv }, stdio: 'inherit' })
    started.add(child)
    const { pid } = child
    const steps = [
      { signal: 'SIGTERM', waitMs: 10_000 },
      { signal: 'SIGKILL', waitMs: 5_000 },
    ]
    if (pid !== undefined) tellKeeper({ watch: { pid, start: startOf(pid), steps } })
    let why = null
    const timer = setTimeout(() => {
      why = 'hangs'
      child.kill('SIGKILL')
    }, limitMs)
    child.on('error', (error) => {
      why = error.message
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      started.delete(child)
      tellKeeper({ forget: pid })
      resolve(why ?? (code === 0 ? null : `exit code ${code}`))
    })
  })
}

/** Runs test files of a phase, all or `only` some. Gives what it told of them: test-outcome.mjs. */
async function runVitest({ name, project, only = [], env: extraEnv }, limitMs) {
  const report = join(folder, `${name.replace(' ', '-')}.json`)
  const errors = `${report}.errors`
  for (const path of [report, errors]) rmSync(path, { force: true })
  const exit = await runCommand(
    [
      ...tool('vitest/vitest.mjs'),
      ...['run', '--project', project, '--reporter=default', '--reporter=json'],
      `--reporter=${root}scripts/unhandled-errors.mjs`,
      `--maxWorkers=${workers[project] ?? 2}`,
      `--outputFile.json=${report}`,
      ...only,
    ],
    limitMs,
    { ...extraEnv, BERTH_TEST_ERRORS: errors },
  )
  return { exit, ...readReports(report, errors) }
}

function readReports(report, errors) {
  try {
    const tests = JSON.parse(readFileSync(report, 'utf8'))
    return { tests, unhandled: JSON.parse(readFileSync(errors, 'utf8')).unhandled }
  } catch {
    return { tests: null, unhandled: 0 }
  }
}

/** Once more, each alone, what failed in a phase that ended by itself. */
async function runTests(phase, limitMs) {
  const run = await runVitest(phase, limitMs)
  const first = outcomeOf(run)
  const files = filesToRepeat(run).map((name) => relative(root, name))
  if (!again || !disturbed.includes(phase.project) || stopping !== null) return first
  const flaky = []
  for (const file of files) {
    console.log(`\n=== once more: ${file}`)
    const { failure } = outcomeOf(await runVitest({ ...phase, only: [file] }, limitMs))
    if (failure !== null) return { ...first, flaky }
    flaky.push(file)
  }
  return flaky.length === 0 ? first : { ...first, failure: null, flaky }
}

async function runPhase(phase) {
  console.log(`\n=== ${phase.name} (budget ${phase.budgetS} s)`)
  const startMs = performance.now()
  const limitMs = phase.budgetS * hangFactor * 1000
  const outcome = { failure: null, count: null, flaky: [] }
  if (phase.project) Object.assign(outcome, await runTests(phase, limitMs))
  else {
    const all = await Promise.all(phase.commands.map((command) => runCommand(command, limitMs)))
    outcome.failure = all.find((one) => one !== null) ?? null
  }
  return { ...phase, ...outcome, tookS: (performance.now() - startMs) / 1000 }
}

/** Processes of this run: its marker in the environment, or its folder as the place they work in. */
function leftovers() {
  const read = (path) => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return ''
    }
  }
  const worksHere = (pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`)
    } catch {
      return false
    }
  }
  let names = []
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {}
  return names
    .map(Number)
    .filter((pid) => pid !== process.pid)
    .filter(
      (pid) =>
        worksHere(pid) ||
        read(`/proc/${pid}/environ`).split('\0').includes(`BERTH_TEST_RUN=${run}`),
    )
    .filter((pid) => !/\) [ZX] /.test(read(`/proc/${pid}/stat`)))
    .map((pid) => ({ pid, command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() }))
}

/** Waits for what is on its way out; ends and gives what stays. */
async function sweep() {
  const deadlineMs = performance.now() + leftoverWaitMs
  while (leftovers().length > 0 && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const left = leftovers()
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {}
  }
  return left
}

function table(results, left, totalS) {
  const rows = results.map(({ name, budgetS, tookS, count, failure }) => [
    name,
    `${budgetS} s`,
    `${tookS.toFixed(1)} s`,
    count === null ? '' : String(count),
    failure ?? (tookS > budgetS ? 'ok, over budget' : 'ok'),
  ])
  const processes = left.length === 0 ? 'none' : `${left.length} processes`
  rows.push(['left behind', '', '', '', processes])
  rows.push(['total', `${totalBudgetS} s`, `${totalS.toFixed(1)} s`, '', ''])
  const head = ['phase', 'budget', 'took', 'tests', 'result']
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)))
  const line = (row) =>
    row
      .map((cell, i) => (i % 4 === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
  return [head, ...rows].map((row) => line(row).trimEnd()).join('\n')
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    stopping ??= name
    for (const child of started) child.kill('SIGTERM')
  })
}

const startMs = performance.now()
const results = []
for (const phase of phases) {
  const result = await runPhase(phase)
  results.push(result)
  if (stopping !== null || (phase.vital && result.failure !== null)) break
}
await new Promise((resolve) => {
  keeper.once('exit', resolve)
  keeper.stdin.end()
})
const left = await sweep()
rmSync(folder, { recursive: true, force: true })
const totalS = (performance.now() - startMs) / 1000
console.log(`\n${table(results, left, totalS)}`)
for (const { pid, command } of left) console.log(`left behind: ${pid} ${command}`)

for (const file of results.flatMap(({ flaky }) => flaky)) console.log(`flaky: ${file}`)

const failures = results.filter(({ failure }) => failure !== null).map(({ name }) => name)
if (results.length < phases.length) failures.push('not all phases ran')
if (left.length > 0) failures.push('processes left behind')
if (totalS > totalLimitS) failures.push(`it took over ${totalLimitS} s`)
else if (totalS > totalBudgetS) console.log(`\nOver the budget of ${totalBudgetS} s.`)
console.log(failures.length === 0 ? '\nAll tests passed.' : `\nFailed: ${failures.join(', ')}.`)
process.exitCode =
  stopping === null ? Math.min(failures.length, 1) : stopping === 'SIGINT' ? 130 : 143
