import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer, type ListenOptions } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openPort } from '../../../src/sidecar-process/process/listening.js'
import { scratchFolder } from '../../support/scratch.js'

async function listen(where: ListenOptions): Promise<void> {
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, resolve)
  })
}

const at = (path: string) => openPort('--listen', { kind: 'unix', path }, listen)

test('a socket that a killed process left behind is taken over', async () => {
  const path = join(scratchFolder({ onTestFinished }), 'left.sock')
  const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => {
    process.kill(process.pid, 'SIGKILL')
  })`
  spawnSync(process.execPath, ['-e', code])
  expect(existsSync(path)).toBe(true)
  await at(path)
})

test('a socket that somebody serves, and a file that is none, are left alone', async () => {
  const folder = scratchFolder({ onTestFinished })
  const path = join(folder, 'served.sock')
  await at(path)
  const refusal = (text: string) => ({
    code: 'unavailable',
    message: expect.stringContaining(`--listen unix:${text} cannot be opened: `),
  })
  await expect(at(path)).rejects.toMatchObject(refusal(path))
  const file = join(folder, 'file')
  writeFileSync(file, 'mine')
  await expect(at(file)).rejects.toMatchObject(refusal(file))
  expect(existsSync(file)).toBe(true)
  await expect(at(join(folder, 'no/such/folder'))).rejects.toMatchObject({ code: 'unavailable' })
})

test('a port that is taken is told with its flag', async () => {
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await expect(
    openPort('--call-listen', { kind: 'tcp', host: '127.0.0.1', port }, listen),
  ).rejects.toThrow(`--call-listen 127.0.0.1:${port} cannot be opened: listen EADDRINUSE`)
})
