/** What `berth up` takes for servers of the user's, and what it makes of a login in it. */
import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { useExternalNats } from '../../src/cli/local/backing.js'
import { DataFolder } from '../../src/cli/local/data-folder.js'
import { parseNatsUrl, parsePostgresUrl } from '../../src/cli/local/options.js'
import type { Owner } from '../support/owner.js'
import { scratchFolder } from '../support/scratch.js'

const taken: [parse: (text: string) => string, url: string][] = [
  [parseNatsUrl, 'nats://127.0.0.1:4222'],
  [parseNatsUrl, "nats://u:it's%20%22fine%22@h"],
  [parseNatsUrl, 'tls://token@h'],
  [parsePostgresUrl, "postgres://u:it's%20fine@h"],
  [parsePostgresUrl, 'postgresql://u@h/d?password=a%20b'],
]
test.for(taken)('%o takes %s', ([parse, url]) => {
  expect(parse(url)).toBe(url)
})

const refused: [parse: (text: string) => string, url: string, says: RegExp][] = [
  [parseNatsUrl, 'http://u:s3cret@h', /must have the form nats:/],
  [parseNatsUrl, 'nats://u:p s3cret@h', /--nats-url.*not percent-encoded \(a space is %20\)/],
  [parseNatsUrl, 'nats://u:p"s3cret@h', /--nats-url.*not percent-encoded/],
  [parseNatsUrl, 'nats://u:s3cret%@h', /--nats-url.*not percent-encoded/],
  [parsePostgresUrl, 'postgres://u:p s3cret@h/d', /--postgres-url.*not percent-encoded/],
  [parsePostgresUrl, 'postgres://h/d?password=a<s3cret', /--postgres-url.*not percent-encoded/],
]
test.for(refused)('%o refuses %s and does not show it', ([parse, url, says]) => {
  expect(() => parse(url)).toThrow(
    expect.objectContaining({ code: 'invalid_config', message: expect.stringMatching(says) }),
  )
  expect(() => parse(url)).toThrow(expect.not.stringContaining('s3cret'))
})

/** Says what a NATS server says first. */
async function greeter(t: Owner): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end('INFO {}\r\n')
  })
  t.onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as { port: number }).port
}

test('whatever login a NATS URL has, the replicas get it in a file', async (t) => {
  const port = await greeter(t)
  const folder = new DataFolder({
    ...{ path: join(scratchFolder(t), 'data'), fresh: false },
    ...{ replicas: null, postgres: 'embedded' },
  })
  t.onTestFinished(() => folder.close())
  for (const login of ["user:it's", 'user:a,b', 'token', 'user:%40%2F']) {
    const nats = await useExternalNats(folder, `nats://${login}@127.0.0.1:${port}`)
    expect(nats.url).toBe(`nats://127.0.0.1:${port}`)
    expect(nats.natsUrlFile).toBe(folder.file('nats-url'))
    const written = readFileSync(folder.file('nats-url'), 'utf8')
    // A list for the replica: of one.
    expect(written).toBe(`nats://${login.replace(',', '%2C')}@127.0.0.1:${port}\n`)
    expect(statSync(folder.file('nats-url')).mode & 0o777).toBe(0o600)
  }
  expect((await useExternalNats(folder, `nats://127.0.0.1:${port}`)).natsUrlFile).toBe(null)
})
