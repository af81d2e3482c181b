/** Makes certificates in a folder: which files there are, and that no key is lost or seen. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BerthError } from '../../errors/berth-error.js'
import { messageOf } from '../../errors/message-of.js'
import {
  type CertificateRequest,
  issueAuthority,
  issueCertificate,
  type KeyPair,
} from './issuer.js'

export interface MakeOptions {
  readonly out: string
  readonly days: number
  /** Whether what is there already is replaced. */
  readonly renew: boolean
}

const authorityFile = 'ca'

/** @returns the files that were written @throws BerthError `invalid_config`, `conflict` */
export async function makeAuthority(
  options: MakeOptions & { readonly name: string },
): Promise<readonly string[]> {
  return write(options, authorityFile, () => {
    return issueAuthority(options.name, { days: options.days, now: new Date() })
  })
}

/** @returns the files that were written @throws BerthError `invalid_config`, `conflict` */
export async function makeCertificate(
  options: MakeOptions & { readonly request: CertificateRequest },
): Promise<readonly string[]> {
  const { out, days, request } = options
  const authority = { certificate: read(out, 'pem'), key: read(out, 'key') }
  return write(options, request.file, () => {
    return issueCertificate(authority, request, { days, now: new Date() })
  })
}

function read(out: string, end: 'pem' | 'key'): string {
  const path = join(out, `${authorityFile}.${end}`)
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const how = `make an authority first: berth certificate authority --out ${out}`
    throw new BerthError('invalid_config', `${messageOf(cause)}; ${how}`, { cause })
  }
}

async function write(
  { out, renew }: MakeOptions,
  file: string,
  make: () => Promise<KeyPair>,
): Promise<readonly string[]> {
  const paths = { certificate: join(out, `${file}.pem`), key: join(out, `${file}.key`) }
  const there = Object.values(paths).find((path) => existsSync(path))
  if (there !== undefined && !renew) {
    const how = 'say --renew to replace it, or name another folder with --out'
    throw new BerthError('conflict', `${there} is there already: ${how}.`)
  }
  const { certificate, key } = await make()
  try {
    mkdirSync(out, { recursive: true, mode: 0o700 })
    // The key first: whoever reads the certificate meanwhile finds that the two do not fit, and
    // goes on with what it has.
    put(paths.key, key, 0o600)
    put(paths.certificate, certificate, 0o644)
  } catch (cause) {
    throw new BerthError('invalid_config', `${out} cannot be written: ${messageOf(cause)}`, {
      cause,
    })
  }
  return [paths.certificate, paths.key]
}

/** At once, so that nobody reads half of it. */
function put(path: string, text: string, mode: number): void {
  const draft = `${path}.${process.pid}.new`
  try {
    writeFileSync(draft, text, { mode, flag: 'wx' })
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}
