/**
 * Fetches a program of the distribution's packages, with apt's own tools, mirrors and signature
 * checks, but without root and without touching the system's package state: lists, status and
 * cache lie in a scratch folder.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findOnPath } from './command.js'
import { type Guard, runTool } from './run-tool.js'

/** For all of a fetch. */
const fetchDeadlineMs = 50_000

/** Whether this system has the tools to fetch a package. */
export function canFetchPackages(): boolean {
  return findOnPath('apt-get') !== null && findOnPath('dpkg-deb') !== null
}

export interface PackagedProgram {
  /** Name of the package. */
  readonly from: string
  /** Name of the program in it. */
  readonly program: string
}

/** Puts the program at `target`, whole or not at all. @throws ToolFailed, or what went wrong */
export async function fetchProgram(
  { from, program: name }: PackagedProgram,
  target: string,
  guard: Guard = {},
): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'berth-fetch-'))
  const late = AbortSignal.timeout(fetchDeadlineMs)
  const signal = guard.signal ? AbortSignal.any([guard.signal, late]) : late
  const run = (program: string, args: readonly string[], cwd = scratch) => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    const file = findOnPath(program) ?? program
    return runTool({ file, args, env }, { ...guard, signal }, cwd)
  }
  const apt = (...words: readonly string[]) => [...aptOptions(scratch), ...words]
  try {
    const [packages, tree] = [join(scratch, 'packages'), join(scratch, 'tree')]
    for (const folder of ['state/lists/partial', 'cache/archives/partial', 'packages']) {
      mkdirSync(join(scratch, folder), { recursive: true })
    }
    writeFileSync(join(scratch, 'status'), '')
    await run('apt-get', apt('update'))
    try {
      await run('apt-get', apt('download', from), packages)
    } catch (error) {
      // For `update` a list that could not be loaded is a warning; now it says why.
      await run('apt-get', apt('-o', 'APT::Update::Error-Mode=any', 'update'))
      throw error
    }
    const archive = readdirSync(packages).find((file) => file.endsWith('.deb'))
    if (archive === undefined) throw new Error('apt-get brought no package')
    await run('dpkg-deb', ['-x', join(packages, archive), tree])
    const places = ['usr/sbin', 'usr/bin'].map((folder) => join(tree, folder, name))
    const program = places.find((file) => existsSync(file))
    if (program === undefined) throw new Error(`${archive} holds no ${name}`)
    const whole = `${target}.${process.pid}`
    copyFileSync(program, whole)
    renameSync(whole, target)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function aptOptions(scratch: string): readonly string[] {
  return [
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
}
