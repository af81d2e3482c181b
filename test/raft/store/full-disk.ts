/**
 * A Postgres whose data lies on a small disk of its own (a tmpfs in a mount namespace), so that it
 * can be filled to the last byte without harm.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { descendantsOf, sendSignal } from '../../../src/process/process-table.js'
import { databaseAt, type TestDatabase } from '../../support/database.js'
import { eventually } from '../../support/eventually.js'
import { keeper } from '../../support/keeper.js'
import type { Owner } from '../../support/owner.js'
import { freePort } from '../../support/ports.js'
import { postgresUnderTest } from '../../support/postgres-under-test.js'
import { scratchFolder } from '../../support/scratch.js'

export interface SmallDiskPostgres {
  readonly database: TestDatabase
  /** Fills the disk to the last byte. */
  fill(): Promise<void>
  /** Takes away what filled it, and starts the server again if it has stopped. */
  empty(): Promise<void>
}

const diskMegabytes = 90

/** Root of its namespace, so that it may mount; the server in one more, so that it is not root. */
const script = `
set -e
mount -t tmpfs -o size=${diskMegabytes}m tmpfs "$FOLDER/disk"
as_nobody='unshare --user --map-user=65534 --map-group=65534'
$as_nobody "$BIN/initdb" -D "$FOLDER/disk/data" -U berth --auth=trust --encoding=UTF8 --locale=C \\
  --no-instructions > /dev/null
start() {
  $as_nobody "$BIN/postgres" -D "$FOLDER/disk/data" -k '' -c listen_addresses=127.0.0.1 \\
    -p "$PORT" -c shared_buffers=8MB -c max_connections=20 \\
    -c wal_recycle=off -c min_wal_size=32MB -c max_wal_size=32MB >> "$FOLDER/log" 2>&1 &
  server=$!
}
start
while read -r order; do
  case "$order" in
    fill) cat /dev/zero > "$FOLDER/disk/ballast" 2> /dev/null || true ;;
    empty)
      rm -f "$FOLDER/disk/ballast"
      # A full disk makes Postgres stop by itself; what is still there goes on.
      kill -0 "$server" 2> /dev/null || start
      ;;
  esac
  echo "$order"
done
`

export async function startSmallDiskPostgres(owner: Owner): Promise<SmallDiskPostgres> {
  const folder = scratchFolder(owner)
  mkdirSync(join(folder, 'disk'))
  const file = join(folder, 'small-disk.sh')
  writeFileSync(file, script)
  const port = await freePort()
  const env = { PATH: process.env.PATH, FOLDER: folder, PORT: `${port}`, LC_ALL: 'C' }
  const child = spawn('unshare', ['-U', '--map-root-user', '--mount', 'sh', file], {
    env: { ...env, BIN: join(postgresUnderTest().folder, 'bin') },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (bytes) => {
    complaint += bytes
  })
  const explain = () => {
    const needs = 'This test mounts a small disk in a user namespace of its own. Where it may not'
    throw new Error(`${needs}, allow it: sysctl -w user.max_user_namespaces=10000.\n${complaint}`)
  }
  const { pid } = child
  child.on('error', () => undefined)
  if (pid === undefined) throw new Error('unshare cannot be started: install util-linux')
  keeper.watch(pid, [{ signal: 'SIGKILL', waitMs: 2_000 }])
  const ended = new Promise((resolve) => child.once('exit', resolve))
  owner.onTestFinished(async () => {
    for (const one of [...descendantsOf(pid).toReversed(), pid]) sendSignal(one, 'SIGKILL')
    await ended
  })
  let said = ''
  child.stdout.on('data', (bytes) => {
    said += bytes
  })
  const order = async (name: string) => {
    said = ''
    child.stdin.write(`${name}\n`)
    await eventually(`"${name}" to be done`, () => said.includes(name))
  }
  const server = `postgres://berth@127.0.0.1:${port}/postgres`
  const name = `small_${randomUUID().slice(0, 8)}`
  const started = () => databaseAt(server, 'postgres').query(`create database ${name}`)
  const up = eventually('the server on the small disk', () => started().then(() => true))
  up.catch(() => undefined)
  await Promise.race([up, ended.then(explain)])
  return {
    database: databaseAt(server, name),
    fill: () => order('fill'),
    empty: () => order('empty'),
  }
}
