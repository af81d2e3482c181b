/** A process under the eyes of a probe. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Owner } from '../../support/owner.js'
import { startProcess, type TestProcess } from '../../support/process.js'
import { probeEnvironment, readProbe, resetProbe, type Vitals } from './probe-client.js'

export interface Subject {
  readonly name: string
  readonly process: TestProcess
  /** Forgets the stalls so far. */
  reset(): Promise<void>
  /** Collects garbage, and says what there is then. */
  read(): Promise<Vitals>
}

export interface SubjectOptions {
  readonly name: string
  /** For the socket of its probe. */
  readonly folder: string
  /** What Node runs: a file and its arguments. */
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export function startSubject(owner: Owner, options: SubjectOptions): Subject {
  const { name, folder, args, env = {} } = options
  // Paths of sockets have about 100 bytes.
  const path = join(folder, `${randomUUID().slice(0, 8)}.probe`)
  const process_ = startProcess(owner, process.execPath, args, {
    env: { ...env, ...probeEnvironment(path) },
  })
  return {
    name,
    process: process_,
    reset: () => resetProbe(path),
    read: () => readProbe(path),
  }
}
