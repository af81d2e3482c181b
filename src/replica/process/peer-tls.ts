/**
 * The certificates by which the replicas of a cluster know one another, read and checked before
 * anything is opened. Both sides of a connection show one, TLS 1.3 only; each names its replica.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { BerthError } from '../../errors/berth-error.js'
import { faultInCertificate } from '../../raft/peers/peer-certificate.js'
import type { PeerTls } from '../../raft/peers/transport-options.js'
import { hasPeerTls, type TlsFiles, type TlsName } from '../settings/configuration.js'
import { flagOf, type ReplicaSettings } from '../settings/settings-table.js'

export type PeerTlsSettings = TlsFiles & Pick<ReplicaSettings, 'id' | 'cluster'>

/**
 * @returns undefined where the replicas talk without TLS
 * @throws BerthError `invalid_config` that names the flag, the file and what is wrong with it
 */
export function readPeerTls(settings: PeerTlsSettings, now: Date): PeerTls | undefined {
  if (!hasPeerTls(settings)) return undefined
  const ca = read(settings, 'peerTlsCa', (text) => new X509Certificate(text))
  const cert = read(settings, 'peerTlsCert', (text) => new X509Certificate(text))
  const key = read(settings, 'peerTlsKey', (text): KeyObject => createPrivateKey(text))
  checkDates(cert, now)
  const { cluster, id } = settings
  const fault = faultInCertificate(cert.value, cluster, id)
  if (fault !== null) throw wrong(cert.from, `${fault} (--cluster ${cluster}, --id ${id})`)
  if (!cert.value.checkPrivateKey(key.value)) {
    throw wrong(key.from, `is not the key of the certificate in ${cert.from}`)
  }
  return { ca: ca.text, cert: cert.text, key: key.text }
}

interface Pem<T> {
  /** Flag and file, for messages. */
  readonly from: string
  readonly text: string
  readonly value: T
}

function read<T>(settings: TlsFiles, name: TlsName, parse: (text: string) => T): Pem<T> {
  const path = settings[name] ?? ''
  const from = `${flagOf(name)} ${path}`
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw wrong(from, `cannot be read: ${(cause as Error).message}`)
  }
  try {
    return { from, text, value: parse(text) }
  } catch {
    const what = name === 'peerTlsKey' ? 'private key without a passphrase' : 'certificate'
    throw wrong(from, `holds no ${what} in PEM form`)
  }
}

function checkDates({ from, value }: Pem<X509Certificate>, now: Date): void {
  const { validFrom, validTo } = value
  if (now < new Date(validFrom)) throw wrong(from, `is not valid before ${validFrom}`)
  if (now > new Date(validTo)) throw wrong(from, `has expired on ${validTo}`)
}

function wrong(from: string, what: string): BerthError {
  return new BerthError('invalid_config', `${from} ${what}.`)
}
