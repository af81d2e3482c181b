/**
 * Every command in README.md and docs runs, in the order in which it stands there, on a real
 * cluster (support/machines.ts says what is adapted). What needs more than this machine stands in
 * `elsewhere`, with the reason.
 */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { readyDeadlineMs } from '../support/local-cluster.js'
import { root } from '../support/program.js'
import { type Block, blocksIn, blocksOf, commandsOf } from './support/documents.js'
import { Machines } from './support/machines.js'

/** Commands that are not run, by how they begin. */
const elsewhere: readonly (readonly [begin: string, reason: string])[] = [
  ['npm ci', 'makes node_modules, from which the tests run; continuous integration begins with it'],
  ['sudo -u postgres createuser berth', "needs a Postgres of the machine's own, and its user"],
  ['sudo -u postgres createdb berth', "needs a Postgres of the machine's own, and its user"],
]

type Runner = (machines: Machines, command: string) => Promise<unknown>

/** How a command is run, by how it begins; the first that fits. */
const runners: readonly (readonly [begin: string, run: Runner])[] = [
  ['npm start', startTour],
  ['nats-server ', async (machines, command) => machines.start(command)],
  ['node bin/berth.cjs replica --id 1 ', async (machines, command) => machines.startThree(command)],
  ['node bin/berth.cjs replica … ', startWithCertificate],
  ['node bin/berth.cjs replica ', async (machines, command) => machines.startReplica(command)],
  ['node bin/berth.cjs recover ', recover],
  ['node examples/sidecar/counter.mjs', startApplication],
  ['node bin/berth.cjs sidecar ', startSidecar],
  ['curl ', ask],
  ['node bin/berth.cjs certificate ', async (machines, command) => machines.run(command)],
]

const languages = ['sh', 'text', 'js', 'python', 'go', 'json', 'yaml', 'mermaid']

const shell = (blocks: readonly Block[]) => blocks.filter(({ language }) => language === 'sh')

/** Commands of which nothing is said here. */
function unknownIn(blocks: readonly Block[]): string[] {
  const known = [...elsewhere, ...runners].map(([begin]) => begin)
  return shell(blocks).flatMap((block) =>
    commandsOf(block)
      .filter((command) => !known.some((begin) => `${command} `.startsWith(begin)))
      .map((command) => `${block.file}:${block.line} the test says nothing of: ${command}`),
  )
}

/** Blocks whose language is none, and those for a shell that none can read. */
function faultyBlocks(blocks: readonly Block[]): string[] {
  return blocks.flatMap(({ file, line, language, text }) => {
    if (!languages.includes(language)) return [`${file}:${line} is a block of "${language}"`]
    if (language !== 'sh') return []
    // Plain sh: where it is bash, as that would read it.
    const { status, stderr } = spawnSync('bash', ['--posix', '-n'], {
      input: text,
      encoding: 'utf8',
    })
    const isPlain = !/[<>]\(/.test(text)
    return status === 0 && isPlain ? [] : [`${file}:${line} is no shell's: ${stderr}`]
  })
}

async function startTour(machines: Machines): Promise<void> {
  // Written so that no port of it is adapted.
  const flags = `--port=${machines.tourPort} --data tour --hosts 2`
  const up = await machines.start(`npm start --no-update-notifier -- ${flags}`)
  await up.line('Ctrl-C stops all of it.', readyDeadlineMs)
}

async function startApplication(machines: Machines, command: string): Promise<void> {
  // Where it serves unless it is told another port.
  const port = (await machines.adapt('127.0.0.1:8080')).split(':')[1]
  await (await machines.start(`env PORT=${port} ${command}`)).line('counts on')
}

async function startSidecar(machines: Machines, command: string): Promise<void> {
  await (await machines.start(command)).line('joined', readyDeadlineMs)
}

async function ask(machines: Machines, command: string): Promise<void> {
  expect(JSON.parse(await machines.run(command))).toBeTypeOf('object')
}

/** On the database of a cluster of its own, since the one that is here goes on. */
async function recover(machines: Machines, command: string): Promise<void> {
  const changes = command.endsWith(' --yes')
  if (!changes) {
    const lost = await machines.startAlone(2)
    lost.signal('SIGTERM')
    await lost.exited
  }
  const said = await machines.run(command)
  if (changes) expect(said).toMatch(/history/)
  else expect(said).toContain('--yes')
}

async function startWithCertificate(machines: Machines, command: string): Promise<void> {
  await machines.stopReplicas()
  await machines.startAlone(1, command)
}

async function runAll(machines: Machines, blocks: readonly Block[]): Promise<number> {
  let count = 0
  for (const command of shell(blocks).flatMap(commandsOf)) {
    if (elsewhere.some(([begin]) => command.startsWith(begin))) continue
    const [, run] = runners.find(([begin]) => `${command} `.startsWith(begin))!
    await run(machines, command)
    count += 1
  }
  return count
}

test('each block says what it is, and a shell can read those that are for one', () => {
  expect(faultyBlocks(blocksOf(root))).toEqual([])
})

test('of every command it is known how it runs, or why not here', () => {
  expect(unknownIn(blocksOf(root))).toEqual([])
  const all = shell(blocksOf(root)).flatMap(commandsOf)
  const unused = [...elsewhere, ...runners].filter(
    ([begin]) => !all.some((command) => `${command} `.startsWith(begin)),
  )
  expect(unused).toEqual([])
})

test('every command runs, in the order of the documents', async (t) => {
  const machines = await Machines.prepare(t)
  expect(await runAll(machines, blocksOf(root))).toBeGreaterThan(15)
})

test('these rules see what they are there for', () => {
  const text = '1. so:\n\n   ```sh\n   a --x \\\n     y # why\n   npm ci && b\n   ```\n'
  const [block, ...rest] = blocksIn('a.md', text)
  expect(rest).toEqual([])
  expect(commandsOf(block!)).toEqual(['a --x y', 'npm ci', 'b'])
  expect(unknownIn([block!]).map((line) => line.replace(/.*: /, ''))).toEqual(['a --x y', 'b'])
  const faulty = (language: string, inner: string) =>
    faultyBlocks(blocksIn('a.md', `\`\`\`${language}\n${inner}\n\`\`\``)).length
  expect([faulty('sh', 'a'), faulty('text', '$(')]).toEqual([0, 0])
  expect([faulty('sh', 'a <(b)'), faulty('sh', 'a ('), faulty('console', '$ a')]).toEqual([1, 1, 1])
  expect(faulty('', 'a')).toBe(1)
})
