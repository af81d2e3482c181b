/**
 * The certificates by which hosts know one another: read and checked at the start, and read anew
 * when their files change. New ones that are wrong are told, and the old ones stay.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { CallServerTls } from '../../calls/http/call-server.js'
import { BerthError } from '../../errors/berth-error.js'
import { messageOf } from '../../errors/message-of.js'
import type { Log } from '../../log/log.js'
import type { CallTlsPaths } from '../settings/configuration.js'

/** Between two looks at the files, in ms. */
const lookEveryMs = 2_000

const flags = { ca: '--call-tls-ca', cert: '--call-tls-cert', key: '--call-tls-key' } as const

/**
 * @param hostname of `--name`, which the certificate has to be for; null where there is none
 * @throws BerthError `invalid_config` that names the flag, the file and what is wrong with it
 */
export function readCallTls(paths: CallTlsPaths, hostname: string | null): CallServerTls {
  const ca = read(paths, 'ca', (text) => new X509Certificate(text))
  const cert = read(paths, 'cert', (text) => new X509Certificate(text))
  const key = read(paths, 'key', (text) => createPrivateKey(text))
  const { validFrom, validTo } = cert.value
  const now = new Date()
  if (now < new Date(validFrom)) throw wrong(cert.from, `is not valid before ${validFrom}`)
  if (now > new Date(validTo)) throw wrong(cert.from, `has expired on ${validTo}`)
  if (!cert.value.checkPrivateKey(key.value)) {
    throw wrong(key.from, `is not the key of the certificate in ${cert.from}`)
  }
  if (hostname !== null && !isFor(cert.value, hostname)) {
    throw wrong(cert.from, `is not for ${hostname}, by which other hosts know this one`)
  }
  const tls = { ca: ca.text, cert: cert.text, key: key.text }
  try {
    createSecureContext(tls)
  } catch (error) {
    throw wrong(`${ca.from}, ${cert.from} and ${key.from}`, `make no TLS: ${messageOf(error)}`)
  }
  return tls
}

interface Pem<T> {
  /** Flag and file, for messages. */
  readonly from: string
  readonly text: string
  readonly value: T
}

function read<T>(
  paths: CallTlsPaths,
  name: keyof CallTlsPaths,
  parse: (text: string) => T,
): Pem<T> {
  const from = `${flags[name]} ${paths[name]}`
  let text: string
  try {
    text = readFileSync(paths[name], 'utf8')
  } catch (cause) {
    throw wrong(from, `cannot be read: ${messageOf(cause)}`)
  }
  try {
    return { from, text, value: parse(text) }
  } catch {
    const what = name === 'key' ? 'private key without a passphrase' : 'certificate'
    throw wrong(from, `holds no ${what} in PEM form`)
  }
}

function isFor(certificate: X509Certificate, hostname: string): boolean {
  const found = isIP(hostname) ? certificate.checkIP(hostname) : certificate.checkHost(hostname)
  return found !== undefined
}

function wrong(from: string, what: string): BerthError {
  return new BerthError('invalid_config', `${from} ${what}.`)
}

/** Looks at the files every other second, as links are what is swapped in many places. */
export class CallTlsFiles {
  readonly #paths: CallTlsPaths
  readonly #hostname: string | null
  readonly #log: Log
  readonly #use: (tls: CallServerTls) => void
  #timer: NodeJS.Timeout | null = null
  /** Of the files that were read last. */
  #read = ''
  /** As they were at the last look. */
  #seen = ''

  /** @param use called with each that is good, from the second on */
  constructor(
    paths: CallTlsPaths,
    hostname: string | null,
    log: Log,
    use: (tls: CallServerTls) => void,
  ) {
    this.#paths = paths
    this.#hostname = hostname
    this.#log = log
    this.#use = use
  }

  /** Begins to look at what was read just now. */
  async start(): Promise<void> {
    this.#read = await this.#look()
    this.#seen = this.#read
    this.#timer = setInterval(() => void this.#check(), lookEveryMs).unref()
  }

  /** Reads them now, whether or not they have changed. */
  async reload(): Promise<void> {
    this.#read = await this.#look()
    this.#seen = this.#read
    try {
      this.#use(readCallTls(this.#paths, this.#hostname))
    } catch (error) {
      const fields = { reason: messageOf(error) }
      this.#log.error(fields, 'the new certificates for calls are not used: the old ones stay')
      return
    }
    this.#log.info({ ...this.#paths }, 'the certificates for calls were read anew')
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  /** Of several files that are written one after the other the last one is waited for. */
  async #check(): Promise<void> {
    const found = await this.#look()
    const isAtRest = found === this.#seen
    this.#seen = found
    if (isAtRest && found !== this.#read) await this.reload()
  }

  async #look(): Promise<string> {
    const { ca, cert, key } = this.#paths
    const looks = [ca, cert, key].map(async (path) => {
      try {
        const { dev, ino, size, mtimeMs } = await stat(path)
        return [dev, ino, size, mtimeMs].join()
      } catch {
        return 'none'
      }
    })
    return (await Promise.all(looks)).join(';')
  }
}
