/**
 * What a replica checks before it opens anything, and before it takes its database over: one that
 * is started twice by mistake must not end the one that runs.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { BerthError } from '../../errors/berth-error.js'
import { messageOf } from '../../errors/message-of.js'
import { faultInCertificate } from '../../raft/peers/peer-certificate.js'
import type { PeerTls } from '../../raft/peers/transport-options.js'
import { formatAddress, type SocketAddress } from '../../settings/setting-kinds.js'
import { flagOf } from '../../settings/settings-table.js'
import {
  hasPeerTls,
  type ReplicaConfiguration,
  type TlsFiles,
  type TlsName,
} from '../settings/configuration.js'
import type { ReplicaSettings } from '../settings/settings-table.js'

export type PeerTlsSettings = TlsFiles & Pick<ReplicaSettings, 'id' | 'cluster'>

/**
 * The certificates by which the replicas of a cluster know one another. Both sides of a connection
 * show one, TLS 1.3 only; each names its replica.
 *
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

/**
 * Whether the ports can be opened. Another process may take one between the question and the
 * opening, so the opening may fail all the same.
 *
 * @throws BerthError `unavailable` that names the flag
 */
export async function checkPorts({ listen, peerListen }: ReplicaConfiguration): Promise<void> {
  await checkPort('--listen', listen)
  await checkPort('--peer-listen', peerListen)
}

async function checkPort(flag: string, address: SocketAddress): Promise<void> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(address, resolve)
    })
  } catch (cause) {
    const reason = messageOf(cause)
    const detail = `${flag} ${formatAddress(address)} cannot be opened: ${reason}`
    throw new BerthError('unavailable', detail, { cause })
  }
  await new Promise((resolve) => server.close(resolve))
}
