/** Certificates of a sidecar: checked when they are read, and read anew when their files change. */
import { copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { CallServerTls } from '../../../src/calls/http/call-server.js'
import { CallTlsFiles, readCallTls } from '../../../src/sidecar-process/process/call-tls.js'
import {
  type CertificateFile,
  certificatePath,
  certificateText,
} from '../../support/certificates.js'
import { eventually } from '../../support/eventually.js'
import { scratchFolder } from '../../support/scratch.js'

let folder = ''
const paths = () => ({
  ca: join(folder, 'ca.pem'),
  cert: join(folder, 'cert.pem'),
  key: join(folder, 'key.pem'),
})

function put(owner: 'replica-1' | 'replica-2', ca: CertificateFile = 'ca.pem', to = folder): void {
  copyFileSync(certificatePath(ca), join(to, 'ca.pem'))
  copyFileSync(certificatePath(`${owner}.pem`), join(to, 'cert.pem'))
  copyFileSync(certificatePath(`${owner}.key`), join(to, 'key.pem'))
}

beforeEach(() => {
  folder = scratchFolder({ onTestFinished })
  put('replica-1')
})

describe('what is read', () => {
  test('is the text of the three files', () => {
    expect(readCallTls(paths(), '127.0.0.1')).toEqual({
      ca: certificateText('ca.pem'),
      cert: certificateText('replica-1.pem'),
      key: certificateText('replica-1.key'),
    })
    expect(readCallTls(paths(), 'localhost').cert).toBe(certificateText('replica-1.pem'))
    expect(readCallTls(paths(), null).cert).toBe(certificateText('replica-1.pem'))
  })

  test.for([
    ['ca', 'no PEM', /^--call-tls-ca .*ca\.pem holds no certificate in PEM form\.$/],
    ['cert', '', /^--call-tls-cert .*cert\.pem holds no certificate in PEM form\.$/],
    ['key', certificateText('ca.pem'), /^--call-tls-key .*key\.pem holds no private key/],
    [
      'key',
      certificateText('replica-2.key'),
      /is not the key of the certificate in --call-tls-cert/,
    ],
  ] as const)('is refused: %s as %j', ([name, text, message]) => {
    writeFileSync(paths()[name], text)
    expect(() => readCallTls(paths(), null)).toThrow(
      expect.objectContaining({ code: 'invalid_config', message: expect.stringMatching(message) }),
    )
  })

  test('is refused where it is for another host, and where there is no file', () => {
    expect(() => readCallTls(paths(), '10.0.0.5')).toThrow(/is not for 10\.0\.0\.5, by which other/)
    expect(() => readCallTls(paths(), 'cart-1.example')).toThrow(/is not for cart-1\.example/)
    expect(() => readCallTls({ ...paths(), ca: folder }, null)).toThrow(/cannot be read: EISDIR/)
    expect(() => readCallTls({ ...paths(), key: '/nowhere' }, null)).toThrow(
      /cannot be read: ENOENT/,
    )
  })
})

describe('what changes', () => {
  const used: CallServerTls[] = []
  const said: string[] = []

  async function watch(): Promise<CallTlsFiles> {
    used.length = 0
    said.length = 0
    const note = (_fields: object, message: string) => void said.push(message)
    const log = { info: note, warn: note, error: note }
    const files = new CallTlsFiles(paths(), '127.0.0.1', log, (tls) => void used.push(tls))
    await files.start()
    onTestFinished(() => files.stop())
    return files
  }

  test('is used soon, once', async () => {
    await watch()
    put('replica-2')
    await eventually('the new ones', () => used.length === 1)
    expect(used[0]?.cert).toBe(certificateText('replica-2.pem'))
    expect(said).toEqual(['the certificates for calls were read anew'])
  })

  test('is used when a folder behind a link is swapped for another one', async () => {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')]
    for (const [i, to] of [first, second].entries()) {
      mkdirSync(to)
      put(i === 0 ? 'replica-1' : 'replica-2', 'ca.pem', to)
    }
    const link = join(folder, 'link')
    symlinkSync(first, link)
    folder = link
    await watch()
    symlinkSync(second, `${link}.new`)
    renameSync(`${link}.new`, link)
    await eventually('the new ones', () => used.length === 1)
    expect(used[0]?.key).toBe(certificateText('replica-2.key'))
  })

  test('and is wrong is told, and the old ones stay', async () => {
    const files = await watch()
    writeFileSync(paths().cert, 'half a fi')
    await files.reload()
    expect(used).toEqual([])
    expect(said).toEqual(['the new certificates for calls are not used: the old ones stay'])
    put('replica-2')
    await files.reload()
    expect(used).toHaveLength(1)
  })
})
