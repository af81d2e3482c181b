import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { satisfies } from 'semver'
import { expect, test } from 'vitest'
import { startProcess } from '../support/process.js'
import { berth, berthFile, root } from '../support/program.js'
import { scratchFolder } from '../support/scratch.js'

test('a Node that is too old is refused in one line, one that the package takes is not', async (t) => {
  const versions = ['18.20.4', '20.18.3', '20.19.0', '21.7.0', '22.11.0', '22.12.0', '23.11.0']
  const { engines } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  for (const version of [...versions, '24.0.0', '26.0.0']) {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`
    const code = `${pretend}; process.argv[2] = 'up'; process.argv[3] = '--help'`
    const run = startProcess(t, process.execPath, ['-e', `${code}; require('${berthFile}')`])
    const isTaken = satisfies(version, engines.node)
    expect((await run.exited).code).toBe(isTaken ? 0 : 1)
    const refusal = /^berth: Node 20\.19, 22\.12, or 24 and newer is needed/
    expect(refusal.test(run.lines[0]!)).toBe(!isTaken)
    if (!isTaken) expect(run.lines).toHaveLength(1)
  }
})

test('a clone that was not built says what to run', async (t) => {
  const folder = scratchFolder(t)
  mkdirSync(join(folder, 'bin'))
  cpSync(`${root}bin`, join(folder, 'bin'), { recursive: true })
  const unbuilt = startProcess(t, process.execPath, [join(folder, 'bin', 'berth.cjs'), 'up'])
  expect((await unbuilt.exited).code).toBe(1)
  expect(unbuilt.lines).toEqual(['berth: not built yet. Run: npm ci (or npm run build)'])
})

test('an argument that did not come as UTF-8 is refused in one line', async (t) => {
  for (const args of [
    ['up', '--data', 'folder-\ufffd'],
    ['host', '--app-id', '\ufffd'],
  ]) {
    const refused = berth(t, args)
    expect((await refused.exited).code).toBe(1)
    expect(refused.lines).toEqual([
      `berth: Argument ${args.length} of the command line is no text in UTF-8.`,
    ])
  }
})

test('the help lists the commands, and an unknown one is refused in one line', async (t) => {
  const help = berth(t, ['--help'])
  expect((await help.exited).code).toBe(0)
  const text = help.lines.join('\n')
  for (const command of ['up', 'replica', 'sidecar', 'recover']) {
    expect(text).toMatch(new RegExp(`^ {2}${command} `, 'm'))
  }
  const unknown = berth(t, ['no-such-command'])
  expect((await unknown.exited).code).toBe(1)
  const told = "berth: unknown command 'no-such-command'. All flags: berth --help"
  expect(unknown.lines).toEqual([told])
})

test('what cannot be read behind npm start is told with what to type there', async (t) => {
  const env = { npm_lifecycle_event: 'start' }
  for (const [args, told] of [
    [
      ['7500'],
      "too many arguments for 'up': it takes flags alone, such as npm start -- --port 7500",
    ],
    [['--prot', '7500'], "unknown option '--prot'"],
    [
      ['--hosts', '99'],
      "option '--hosts <n>' argument '99' is invalid. It must be a number from 0 to 20",
    ],
  ] as const) {
    const refused = berth(t, ['up', ...args], { env })
    expect((await refused.exited).code).toBe(1)
    expect(refused.lines).toEqual([`berth: ${told}. All flags: npm start -- --help`])
  }
})

test('a message names flags as they must be typed behind npm start', async (t) => {
  for (const [env, flags] of [
    [{ npm_lifecycle_event: 'start' }, 'npm start -- --data <folder>'],
    [{ npm_lifecycle_event: null }, '--data <folder>'],
  ] as const) {
    const refused = berth(t, ['up', '--data', root], { env })
    expect((await refused.exited).code).toBe(1)
    expect(refused.lines).toHaveLength(1)
    expect(refused.lines[0]).toMatch(/ Take another( folder)?: /)
    expect(refused.lines[0]?.endsWith(`: ${flags}`)).toBe(true)
  }
})
