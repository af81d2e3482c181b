/**
 * Certificates for tests alone, all of them for 127.0.0.1 and localhost, valid for a century:
 *
 *   replica-1 to replica-3   of the cluster `secured`, signed by `ca`
 *   elsewhere-1              of the cluster `elsewhere`, signed by `ca`
 *   nameless                 names no replica, signed by `ca`
 *   stranger                 says that it is replica 1 of `secured`, signed by `other-ca`
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Cluster of most of them. */
export const securedCluster = 'secured'

type Owner = 'replica-1' | 'replica-2' | 'replica-3' | 'elsewhere-1' | 'nameless' | 'stranger'

export type CertificateFile = 'ca.pem' | 'other-ca.pem' | `${Owner}.pem` | `${Owner}.key`

export function certificatePath(name: CertificateFile): string {
  return fileURLToPath(new URL(`certificates/${name}`, import.meta.url))
}

export function certificateText(name: CertificateFile): string {
  return readFileSync(certificatePath(name), 'utf8')
}

/** What a replica with this certificate is given. */
export function peerTlsOf(owner: Owner) {
  const ca = certificateText('ca.pem')
  return { ca, cert: certificateText(`${owner}.pem`), key: certificateText(`${owner}.key`) }
}
