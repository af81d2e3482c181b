/** The key by which a leader signs its orders: made by each replica at its start, never stored. */
import { generateKeyPairSync, sign } from 'node:crypto'

export interface Signer {
  /** Raw Ed25519 public key, base64url. */
  readonly publicKey: string
  /** 64 bytes. */
  sign(payload: Uint8Array): Uint8Array
}

export function createSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const { x } = publicKey.export({ format: 'jwk' })
  if (x === undefined) throw new Error('an Ed25519 key without its x')
  return {
    publicKey: x,
    sign: (payload) => sign(null, payload, privateKey),
  }
}
