/**
 * Runs documented commands on this machine, from an unpacked package. What is adapted, and nothing
 * else:
 *
 *   127.0.0.1:74xx                     the cluster of `npm start`, whose ports begin elsewhere
 *   127.0.0.1:3600 and :8080           the same
 *   10.0.0.N:74xx, :4222, :6222        127.0.0.N, on ports of the test's own
 *   postgres://berth@127.0.0.1/berth   a database of the test's own for each `--id`
 *   …                                  the arguments of the README's replica
 *
 * nats-server, replicas and `npm start` run on; all else has to end well. A curl that is answered
 * by an error is made again for a while: a change waits for the one before it.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inject } from 'vitest'
import { findOnPath } from '../../../src/cli/servers/command.js'
import { createDatabase } from '../../support/database.js'
import { eventually } from '../../support/eventually.js'
import type { Owner } from '../../support/owner.js'
import { freePorts } from '../../support/ports.js'
import { startProcess, type TestProcess } from '../../support/process.js'
import { root } from '../../support/program.js'
import { scratchFolder } from '../../support/scratch.js'

const documentedDatabase = 'postgres://berth@127.0.0.1/berth'
const otherPorts: Readonly<Record<string, number>> = { 4222: 22, 6222: 23 }
/** Of a sidecar and its application, in the row of the tour's ports. */
const localPorts: Readonly<Record<string, number>> = { 3600: 68, 8080: 69 }
const offsetOf = (port: string) => otherPorts[port] ?? Number(port) - 7400

export class Machines {
  readonly #owner: Owner
  /** Where the package is, and where commands run. */
  readonly folder: string
  readonly tourPort: number
  readonly #port: number
  readonly #env: Readonly<Record<string, string>>
  readonly #databases = new Map<string, string>()
  readonly #replicas: TestProcess[] = []
  /** Arguments of the README's replica. */
  #arguments = ''

  private constructor(owner: Owner, tourPort: number, port: number) {
    this.#owner = owner
    this.tourPort = tourPort
    this.#port = port
    const scratch = scratchFolder(owner)
    this.folder = unpack(scratch)
    const tools = join(scratch, 'tools')
    mkdirSync(tools)
    symlinkSync(inject('natsServerFile'), join(tools, 'nats-server'))
    // An answer that is an error ends curl with 22.
    writeFileSync(join(tools, '.curlrc'), 'fail-with-body\nno-progress-meter\n')
    const path = [tools, dirname(process.execPath), process.env.PATH].join(':')
    const { password } = new URL(inject('postgresUrl'))
    this.#env = { PATH: path, CURL_HOME: tools, PGPASSWORD: decodeURIComponent(password) }
  }

  static async prepare(owner: Owner): Promise<Machines> {
    const lacking = ['curl'].filter((name) => findOnPath(name) === null)
    if (lacking.length > 0) throw new Error(`Install ${lacking.join(' and ')}.`)
    return new Machines(owner, await freePorts(70), await freePorts(30))
  }

  /** To its end. @returns what it said @throws with that when it does not end well */
  async run(command: string): Promise<string> {
    const adapted = await this.adapt(command)
    return eventually(`the good end of ${adapted}`, async () => {
      const ran = startProcess(this.#owner, 'sh', ['-c', adapted], this.#options)
      const { code } = await ran.exited
      const said = ran.lines.join('\n')
      if (code !== 0) throw new Error(`exit code ${code}: ${said}`)
      return { said }
    }).then(({ said }) => said)
  }

  /** Runs on until the test ends. */
  async start(command: string): Promise<TestProcess> {
    const adapted = `exec ${await this.adapt(command)}`
    return startProcess(this.#owner, 'sh', ['-c', adapted], this.#options)
  }

  /** The README's replica stands for three: each with its number, and at its own address. */
  async startThree(command: string): Promise<void> {
    this.#arguments = command.replace(/^.* replica /, '')
    for (const id of [1, 2, 3]) await this.startReplica(numbered(command, id))
    for (const id of [1, 2, 3]) await this.ready(id)
  }

  /**
   * The README's replica, alone in a cluster of its own with an empty database.
   * @param command in which its arguments go in place of `…`
   */
  async startAlone(id: number, command = 'node bin/berth.cjs replica …'): Promise<TestProcess> {
    this.#databases.delete(String(id))
    const args = numbered(this.#arguments, id)
    const alone = args.replace(/--peers \S+/, `--peers ${id}=10.0.0.${id}:7410`)
    const started = await this.startReplica(command.replace('…', alone))
    await this.ready(id)
    return started
  }

  async startReplica(command: string): Promise<TestProcess> {
    const started = await this.start(command)
    this.#replicas.push(started)
    return started
  }

  async stopReplicas(): Promise<void> {
    for (const { signal } of this.#replicas) signal('SIGTERM')
    for (const { exited } of this.#replicas.splice(0)) await exited
  }

  async ready(id: number): Promise<void> {
    const url = await this.adapt(`http://10.0.0.${id}:7400/readyz`)
    await eventually(url, async () => (await fetch(url)).status === 200)
  }

  async adapt(command: string): Promise<string> {
    const id = /--id (\d+)/.exec(command)?.[1] ?? ''
    if (command.includes(documentedDatabase) && !this.#databases.has(id)) {
      const url = new URL((await createDatabase()).url)
      url.password = ''
      this.#databases.set(id, url.href)
    }
    return command
      .replaceAll(documentedDatabase, this.#databases.get(id) ?? '')
      .replaceAll(
        /\b127\.0\.0\.1:(74\d\d)\b/g,
        (_, p) => `127.0.0.1:${this.tourPort + offsetOf(p)}`,
      )
      .replaceAll(
        /\b127\.0\.0\.1:(3600|8080)\b/g,
        (_, p) => `127.0.0.1:${this.tourPort + localPorts[p]!}`,
      )
      .replaceAll(
        /\b10\.0\.0\.(\d+):(\d{4})/g,
        (_, n, p) => `127.0.0.${n}:${this.#port + offsetOf(p)}`,
      )
      .replaceAll(/\b10\.0\.0\.(\d+)/g, '127.0.0.$1')
      .replaceAll(/--port (\d+)/g, (_, p) => `--port ${this.#port + offsetOf(p)}`)
  }

  get #options() {
    return { cwd: this.folder, env: this.#env }
  }
}

/** A command of the first machine as it is on another one. */
const numbered = (command: string, id: number) =>
  command
    .replace('--id 1', `--id ${id}`)
    .replace('--listen 10.0.0.1', `--listen 10.0.0.${id}`)
    .replace('--peer-listen 10.0.0.1', `--peer-listen 10.0.0.${id}`)

/** The package as npm packs it, with the dependencies of this clone. */
function unpack(scratch: string): string {
  const run = (file: string, args: readonly string[]) => {
    const { status, stderr } = spawnSync(file, args, { cwd: root, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${file}: ${stderr}`)
  }
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', scratch])
  const tarball = readdirSync(scratch).find((name) => name.endsWith('.tgz'))!
  run('tar', ['-xzf', join(scratch, tarball), '-C', scratch])
  const folder = join(scratch, 'package')
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true })
  return folder
}
