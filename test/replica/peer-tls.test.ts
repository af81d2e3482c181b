import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type PeerTlsSettings, readPeerTls } from '../../src/replica/process/preflight.js'
import { certificatePath, certificateText, securedCluster } from '../support/certificates.js'
import { scratchFolder } from '../support/scratch.js'
import { configurationOf } from './support/settings.js'

const now = new Date('2030-01-01T00:00:00Z')
const given: PeerTlsSettings = {
  ...{ id: 1, cluster: securedCluster },
  peerTlsCa: certificatePath('ca.pem'),
  peerTlsCert: certificatePath('replica-1.pem'),
  peerTlsKey: certificatePath('replica-1.key'),
}

const refusal = (detail: RegExp | string) =>
  expect.objectContaining({ code: 'invalid_config', message: expect.stringMatching(detail) })

test('the files are read as they are', () => {
  expect(readPeerTls(given, now)).toEqual({
    ca: certificateText('ca.pem'),
    cert: certificateText('replica-1.pem'),
    key: certificateText('replica-1.key'),
  })
  const none = { ...given, peerTlsCa: null, peerTlsCert: null, peerTlsKey: null }
  expect(readPeerTls(none, now)).toBeUndefined()
})

test('one or two of the three are refused, and what is missing is named', () => {
  const { peerTlsCa, peerTlsCert } = given
  expect(() => configurationOf(['--peer-tls-ca', peerTlsCa!])).toThrow(
    refusal(/^--peer-tls-ca without --peer-tls-cert and --peer-tls-key: .* takes all three\.$/),
  )
  const two = ['--peer-tls-ca', peerTlsCa!, '--peer-tls-cert', peerTlsCert!]
  expect(() => configurationOf(two)).toThrow(
    refusal(/^--peer-tls-ca and --peer-tls-cert without --peer-tls-key:/),
  )
})

test('with certificates the peer port may be open, and that of hosts still may not', () => {
  const flags = ['--peer-tls-ca', 'a', '--peer-tls-cert', 'b', '--peer-tls-key', 'c']
  const open = [...flags, '--peer-listen', '10.0.0.1:7410']
  expect(configurationOf(open).peerAddress).toBe('127.0.0.1:7410')
  expect(() => configurationOf([...open, '--listen', '10.0.0.1:7400'])).toThrow(
    refusal(/only, but --listen \(10\.0\.0\.1\) can be reached/),
  )
})

test('a file that is not there, or is something else, is named with its flag', (t) => {
  const away = '/nowhere/r1.pem'
  expect(() => readPeerTls({ ...given, peerTlsCert: away }, now)).toThrow(
    refusal('^--peer-tls-cert /nowhere/r1.pem cannot be read: ENOENT'),
  )
  const noise = join(scratchFolder(t), 'noise')
  writeFileSync(noise, 'noise')
  for (const [name, what] of [
    ['peerTlsCa', `^--peer-tls-ca ${noise} holds no certificate in PEM form`],
    ['peerTlsCert', `^--peer-tls-cert ${noise} holds no certificate`],
    ['peerTlsKey', `^--peer-tls-key ${noise} holds no private key without a passphrase`],
  ] as const) {
    expect(() => readPeerTls({ ...given, [name]: noise }, now)).toThrow(refusal(what))
  }
})

test('the key of another certificate is refused', () => {
  const peerTlsKey = certificatePath('stranger.key')
  expect(() => readPeerTls({ ...given, peerTlsKey }, now)).toThrow(
    refusal(/^--peer-tls-key .*stranger\.key is not the key of the certificate in --peer-tls-cert/),
  )
})

test('a certificate that is not valid yet, or not any more, is refused', () => {
  expect(() => readPeerTls(given, new Date('2001-01-01'))).toThrow(
    refusal(/^--peer-tls-cert .*replica-1\.pem is not valid before /),
  )
  expect(() => readPeerTls(given, new Date('2999-01-01'))).toThrow(refusal(/ has expired on /))
})

test('a certificate of another replica, of another cluster, or of none is refused', () => {
  const refused = (change: Partial<PeerTlsSettings>, names: string, needed: string) => {
    const found = `^--peer-tls-cert .* names ${names}, but ${needed} is needed`
    expect(() => readPeerTls({ ...given, ...change }, now)).toThrow(refusal(found))
  }
  const one = 'berth://secured/replica/1'
  refused({ id: 2 }, one, 'berth://secured/replica/2')
  refused({ cluster: 'prod' }, one, 'berth://prod/replica/1')
  refused({ peerTlsCert: certificatePath('nameless.pem') }, 'no replica', one)
})
