import { X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { issueAuthority, issueCertificate } from '../../src/cli/certificate/issuer.js'
import { makeAuthority, makeCertificate } from '../../src/cli/certificate/make.js'
import { runCommandLine } from '../../src/cli/program.js'
import { readPeerTls } from '../../src/replica/process/preflight.js'
import { scratchFolder } from '../support/scratch.js'

const dayMs = 86_400_000
const now = new Date('2026-06-01T12:00:00Z')
const request = { file: 'host-a', name: 'a', hosts: ['127.0.0.1', 'localhost'], uris: [] }

async function inFolder(t: Parameters<typeof scratchFolder>[0]) {
  const out = join(scratchFolder(t), 'certificates')
  const common = { out, days: 30, renew: false }
  await makeAuthority({ ...common, name: 'Berth authority' })
  return { out, common, read: (file: string) => readFileSync(join(out, file), 'utf8') }
}

test('an authority signs, and what it signs is good for as long as was asked', async () => {
  const authority = await issueAuthority('shop', { days: 100, now })
  const { certificate, key } = await issueCertificate(authority, request, { days: 30, now })
  const [ca, leaf] = [new X509Certificate(authority.certificate), new X509Certificate(certificate)]
  expect(ca.ca).toBe(true)
  expect(leaf.ca).toBe(false)
  expect(leaf.verify(ca.publicKey)).toBe(true)
  expect(leaf.checkIssued(ca)).toBe(true)
  expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(leaf.checkHost('localhost')).toBe('localhost')
  expect(new Date(leaf.validTo).getTime()).toBe(now.getTime() + 30 * dayMs)
  // For a reader whose clock is behind.
  expect(new Date(leaf.validFrom).getTime()).toBeLessThan(now.getTime())
  expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/)
})

test('nothing is good for longer than its authority, which signs nothing behind its end', async () => {
  const authority = await issueAuthority('shop', { days: 10, now })
  const { certificate } = await issueCertificate(authority, request, { days: 30, now })
  const end = now.getTime() + 10 * dayMs
  expect(new Date(new X509Certificate(certificate).validTo).getTime()).toBe(end)
  const later = new Date(end + dayMs)
  await expect(issueCertificate(authority, request, { days: 1, now: later })).rejects.toMatchObject(
    {
      code: 'invalid_config',
      message: expect.stringMatching(/was good until 2026-06-11.*make another one/),
    },
  )
})

test('both ends of TLS take each other by them', async (t) => {
  const { common, read } = await inFolder(t)
  await makeCertificate({ ...common, request })
  const pair = { cert: read('host-a.pem'), key: read('host-a.key'), ca: read('ca.pem') }
  const server = createServer({ ...pair, requestCert: true, rejectUnauthorized: true })
  t.onTestFinished(() => void server.close())
  const taken = new Promise<TLSSocket>((resolve) => server.once('secureConnection', resolve))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const client = connect({ host: '127.0.0.1', port, ...pair })
  await new Promise((resolve, reject) =>
    client.once('secureConnect', resolve).once('error', reject),
  )
  expect(client.authorized).toBe(true)
  expect((await taken).authorized).toBe(true)
  client.destroy()
})

test('that of a replica is taken by this replica, and by no other one', async (t) => {
  const { out, common } = await inFolder(t)
  const uris = ['berth://shop/replica/1']
  const request = { file: 'replica-1', name: 'replica 1', hosts: ['10.0.0.1'], uris }
  await makeCertificate({ ...common, request })
  const files = {
    peerTlsCa: join(out, 'ca.pem'),
    peerTlsCert: join(out, 'replica-1.pem'),
    peerTlsKey: join(out, 'replica-1.key'),
  }
  expect(readPeerTls({ ...files, cluster: 'shop', id: 1 }, new Date())).toBeDefined()
  expect(() => readPeerTls({ ...files, cluster: 'shop', id: 2 }, new Date())).toThrow(
    'berth://shop/replica/2 is needed',
  )
})

test('keys are for their owner alone, and nothing is replaced unasked', async (t) => {
  const { out, common, read } = await inFolder(t)
  const files = await makeCertificate({ ...common, request })
  expect(files).toEqual([join(out, 'host-a.pem'), join(out, 'host-a.key')])
  expect(statSync(join(out, 'host-a.key')).mode & 0o777).toBe(0o600)
  expect(statSync(join(out, 'ca.key')).mode & 0o777).toBe(0o600)
  const before = read('host-a.pem')
  await expect(makeCertificate({ ...common, request })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('say --renew'),
  })
  expect(read('host-a.pem')).toBe(before)
  await makeCertificate({ ...common, renew: true, request })
  const renewed = new X509Certificate(read('host-a.pem'))
  expect(renewed.serialNumber).not.toBe(new X509Certificate(before).serialNumber)
  expect(renewed.verify(new X509Certificate(read('ca.pem')).publicKey)).toBe(true)
})

test('without an authority, or with half of one, it says what to do', async (t) => {
  const out = scratchFolder(t)
  const options = { out, days: 1, renew: false, request }
  await expect(makeCertificate(options)).rejects.toThrow('make an authority first: berth cert')
  writeFileSync(join(out, 'ca.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n')
  writeFileSync(join(out, 'ca.key'), 'no key')
  await expect(makeCertificate(options)).rejects.toThrow('The authority cannot be read')
})

test('a folder that cannot be one is named', async (t) => {
  const file = join(scratchFolder(t), 'file')
  writeFileSync(file, '')
  const options = { out: join(file, 'in'), days: 1, renew: false, name: 'x' }
  await expect(makeAuthority(options)).rejects.toMatchObject({ code: 'invalid_config' })
})

test.for([
  [{ hosts: ['10.0.0.1:7400'] }, 'give it without a port'],
  [{ hosts: [''] }, 'is no address and no name of a host'],
  [{ hosts: ['a b'] }, 'is no address and no name of a host'],
  [{ uris: ['shop/cart'] }, 'is no URI'],
  [{ uris: ['spiffe://a, URI:berth://shop/replica/1'] }, 'is no URI'],
  [{ name: '' }, 'A common name has'],
  [{ name: 'x'.repeat(65) }, 'A common name has'],
] as const)('a name that none can have is refused: %o', async ([more, text]) => {
  const authority = await issueAuthority('shop', { days: 100, now })
  const made = issueCertificate(authority, { ...request, ...more }, { days: 1, now })
  await expect(made).rejects.toThrow(text)
})

test('the command writes all kinds, in one folder', async (t) => {
  const out = join(scratchFolder(t), 'new')
  mkdirSync(out)
  const run = (...args: string[]) => runCommandLine(['certificate', ...args, '--out', out])
  const said: string[] = []
  const write = process.stdout.write
  t.onTestFinished(() => {
    process.stdout.write = write
  })
  process.stdout.write = ((text: string) => said.push(text) > 0) as typeof write
  await run('authority')
  await run('replica', '--cluster', 'shop', '--id', '3', '--host', '10.0.0.3,db.example')
  await run('host', '--host', '10.0.0.7', '--uri', 'spiffe://shop/cart')
  await run('client', '--name', 'ops')
  process.stdout.write = write
  expect(said.map((line) => line.trim().slice(out.length + 1))).toEqual([
    ...['ca.pem', 'ca.key', 'replica-3.pem', 'replica-3.key'],
    ...['host-10.0.0.7.pem', 'host-10.0.0.7.key', 'client-ops.pem', 'client-ops.key'],
  ])
  const names = (file: string) => {
    const { subject, subjectAltName } = new X509Certificate(readFileSync(join(out, file)))
    return [subject, subjectAltName]
  }
  expect(names('replica-3.pem')).toEqual([
    'CN=replica 3',
    'IP Address:10.0.0.3, DNS:db.example, URI:berth://shop/replica/3',
  ])
  expect(names('host-10.0.0.7.pem')).toEqual([
    'CN=10.0.0.7',
    'IP Address:10.0.0.7, URI:spiffe://shop/cart',
  ])
  expect(names('client-ops.pem')).toEqual(['CN=ops', undefined])
})
