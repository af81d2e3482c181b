/**
 * Fetches a program of the distribution's packages into a folder of ours, with apt's own tools,
 * mirrors and signature checks, but without root and without touching the system's package state:
 * lists, status and cache of this run lie in a scratch folder.
 */
import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { BerthError } from '../../errors/berth-error.js'
import { identify, isAlive } from '../../process/process-table.js'
import type { Command } from './command.js'
import { findOnPath } from './program-path.js'
import { type Guard, runTool, ToolFailed } from './run-tool.js'

/** For all of it, in ms. */
const deadlineMs = 50_000

/** Whether this system has the tools for it. */
export function canFetchPackages(): boolean {
  return findOnPath('apt-get') !== null && findOnPath('dpkg-deb') !== null
}

export interface PackagedProgram {
  /** Name of the package. */
  readonly from: string
  /** Name of the program in it. */
  readonly program: string
}

/**
 * Puts the program at `target`, whole or not at all.
 * @throws BerthError `unavailable` with the reason that apt gave
 */
export async function fetchProgram(
  { from, program }: PackagedProgram,
  target: string,
  guard: Guard = {},
): Promise<void> {
  sweepScratch(target)
  const scratch = `${target}.fetch-${process.pid}-${randomUUID()}`
  try {
    for (const folder of ['state/lists/partial', 'cache/archives/partial', 'package', 'tree']) {
      mkdirSync(join(scratch, folder), { recursive: true, mode: 0o700 })
    }
    writeFileSync(join(scratch, 'status'), '')
    const apt = findOnPath('apt-get') ?? 'apt-get'
    const endMs = performance.now() + deadlineMs
    const run = (command: Command, cwd: string) =>
      runTool(command, guard, { cwd, deadlineMs: Math.max(0, endMs - performance.now()) })
    await run(aptCommand(apt, scratch, ['update']), scratch)
    const packageFolder = join(scratch, 'package')
    const download = aptCommand(apt, scratch, ['download', from])
    try {
      await run(download, packageFolder)
    } catch (error) {
      // For `update` a list that could not be loaded is a warning; now it says why.
      await run(aptCommand(apt, scratch, ['-o', 'APT::Update::Error-Mode=any', 'update']), scratch)
      throw error
    }
    const archive = readdirSync(packageFolder).find((name) => name.endsWith('.deb'))
    if (archive === undefined) throw new BerthError('unavailable', 'apt-get brought no package')
    const tree = join(scratch, 'tree')
    const unpack = findOnPath('dpkg-deb') ?? 'dpkg-deb'
    await run({ file: unpack, args: ['-x', join(packageFolder, archive), tree] }, scratch)
    const unpacked = ['usr/sbin', 'usr/bin']
      .map((folder) => findOnPath(program, join(tree, folder)))
      .find((file) => file?.startsWith(tree))
    if (unpacked === undefined || unpacked === null) {
      throw new BerthError('unavailable', `${archive} holds no ${program}`)
    }
    const whole = join(scratch, program)
    copyFileSync(unpacked, whole)
    renameSync(whole, target)
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    throw new BerthError('unavailable', error.reason(/^E:/), { cause: error })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function aptCommand(apt: string, scratch: string, words: readonly string[]): Command {
  const options = [
    `Dir::State=${scratch}/state`,
    `Dir::State::lists=${scratch}/state/lists`,
    `Dir::State::status=${scratch}/status`,
    `Dir::Cache=${scratch}/cache`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=',
    'Acquire::Languages=none',
    'Acquire::Retries=1',
    'Acquire::http::Timeout=15',
    'Acquire::https::Timeout=15',
    'APT::Update::Post-Invoke::=',
    'APT::Update::Post-Invoke-Success::=',
  ].flatMap((option) => ['-o', option])
  return { file: apt, args: [...options, ...words], env: { DEBIAN_FRONTEND: 'noninteractive' } }
}

/** Removes what fetches left behind that were killed. */
function sweepScratch(target: string): void {
  const prefix = `${basename(target)}.fetch-`
  for (const name of readdirSync(dirname(target))) {
    if (!name.startsWith(prefix)) continue
    const pid = Number(name.slice(prefix.length).split('-')[0])
    if (isAlive(identify(pid))) continue
    rmSync(join(dirname(target), name), { recursive: true, force: true })
  }
}
