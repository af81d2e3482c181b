/**
 * Certificates for tests alone: `replica` is signed by `ca`, `stranger` by `other-ca`, both for
 * 127.0.0.1 and localhost, valid for a century.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type CertificateFile =
  | 'ca.pem'
  | 'other-ca.pem'
  | 'replica.pem'
  | 'replica.key'
  | 'stranger.pem'
  | 'stranger.key'

export function certificatePath(name: CertificateFile): string {
  return fileURLToPath(new URL(`certificates/${name}`, import.meta.url))
}

export function certificateText(name: CertificateFile): string {
  return readFileSync(certificatePath(name), 'utf8')
}
