/**
 * Whose certificate it is: each names its replica by a URI among its subject alternative names, and
 * is good for no other one. That it is signed by the right authority, and names the host, TLS has
 * checked before.
 */
import type { X509Certificate } from 'node:crypto'
import type { ReplicaId } from '../core/entry.js'
import type { PeerRejection } from '../node/identity/peer-judgement.js'

/** What the certificate of this replica of this cluster must name. */
function replicaUri(cluster: string, id: ReplicaId): string {
  return `berth://${cluster}/replica/${id}`
}

/** With certificates nobody may say that he is another one than his certificate names. */
export function judgeCertificate(
  certificate: X509Certificate | undefined,
  cluster: string,
  id: ReplicaId,
): PeerRejection | null {
  const fault = faultInCertificate(certificate, cluster, id)
  if (fault === null) return null
  const detail = `Its certificate ${fault}.`
  return { code: 'wrong_certificate', detail, told: detail, confides: false }
}

/** Why a certificate is not that of this replica, as a sentence without its end; null if it is. */
export function faultInCertificate(
  certificate: X509Certificate | undefined,
  cluster: string,
  id: ReplicaId,
): string | null {
  const needed = replicaUri(cluster, id)
  const found = urisOf(certificate)
  if (found.includes(needed)) return null
  const names = found.length === 0 ? 'no replica' : found.join(' and ')
  return `names ${names}, but ${needed} is needed`
}

/** Node puts names that hold a comma or a quote into quotes: such a one is never one of ours. */
function urisOf(certificate: X509Certificate | undefined): string[] {
  const names = certificate?.subjectAltName?.split(', ') ?? []
  return names.flatMap((name) => (name.startsWith('URI:') ? [name.slice('URI:'.length)] : []))
}
