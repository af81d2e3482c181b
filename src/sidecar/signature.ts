/** Verifies orders: Ed25519 over the payload, by the raw public key that the WebSocket named. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { Verify } from './order-inbox.js'

/** Keys of leaders change with terms; only the newest few are kept. */
const keysMax = 8

export function createVerify(): Verify {
  const keys = new Map<string, KeyObject>()
  const keyOf = (base64: string): KeyObject => {
    let key = keys.get(base64)
    if (key === undefined) {
      const x = Buffer.from(base64, 'base64').toString('base64url')
      key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
      keys.set(base64, key)
      const [oldest] = keys.keys()
      if (keys.size > keysMax && oldest !== undefined) keys.delete(oldest)
    }
    return key
  }
  return (key, payload, signature) => {
    try {
      return verify(null, payload, keyOf(key), signature)
    } catch {
      return false
    }
  }
}
