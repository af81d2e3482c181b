/**
 * Fetches the distribution's `nats-server` package into a folder of ours and unpacks it there, with
 * apt's own tools, mirrors and signature checks, but without root and without touching the
 * system's package state: lists, status and cache of this run lie in a scratch folder.
 */
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BerthError } from '../../errors/berth-error.js'
import { findOnPath } from './shell.js'

const deadlineMs = 50_000

/** Whether this system has the tools for it. */
export function canFetchPackages(): boolean {
  return findOnPath('apt-get') !== null && findOnPath('dpkg-deb') !== null
}

/**
 * Puts the program at `target`, whole or not at all.
 * @throws BerthError `unavailable` with the reason that apt gave
 */
export async function fetchNatsServer(target: string): Promise<void> {
  const scratch = `${target}.fetch-${process.pid}-${Date.now()}`
  try {
    for (const folder of ['state/lists/partial', 'cache/archives/partial', 'package', 'tree']) {
      mkdirSync(join(scratch, folder), { recursive: true, mode: 0o700 })
    }
    writeFileSync(join(scratch, 'status'), '')
    const apt = findOnPath('apt-get') ?? 'apt-get'
    const signal = AbortSignal.timeout(deadlineMs)
    await run(apt, [...aptOptions(scratch), 'update'], scratch, signal)
    const packageFolder = join(scratch, 'package')
    await run(apt, [...aptOptions(scratch), 'download', 'nats-server'], packageFolder, signal)
    const archive = readdirSync(packageFolder).find((name) => name.endsWith('.deb'))
    if (archive === undefined) throw new BerthError('unavailable', 'apt-get brought no package')
    const tree = join(scratch, 'tree')
    const unpack = findOnPath('dpkg-deb') ?? 'dpkg-deb'
    await run(unpack, ['-x', join(packageFolder, archive), tree], scratch, signal)
    const program = ['usr/sbin', 'usr/bin']
      .map((folder) => findOnPath('nats-server', join(tree, folder)))
      .find((file) => file?.startsWith(tree))
    if (program === undefined || program === null) {
      throw new BerthError('unavailable', `${archive} holds no nats-server`)
    }
    const whole = join(scratch, 'nats-server')
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

/** Runs to the end without blocking this process. */
function run(
  file: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new BerthError('unavailable', reason))
    const child = spawn(file, [...args], {
      ...{ cwd, signal, killSignal: 'SIGTERM' as const },
      env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const complaintCharsMax = 16_384
    let complaint = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-complaintCharsMax)
    })
    child.on('error', (error) => {
      fail(signal.aborted ? `it took longer than ${deadlineMs / 1000} s` : error.message)
    })
    child.on('close', (code) => {
      if (code === 0) return resolve()
      const lines = complaint.trim().split('\n')
      fail(lines.find((line) => line.startsWith('E:')) ?? lines.at(-1) ?? `exit code ${code}`)
    })
  })
}
