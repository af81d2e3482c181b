/** Verifies orders: Ed25519 over the payload, by the raw public key that the WebSocket named. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { Verify } from './signed-messages.js'

/** Keys of replicas change with their starts; only those used last are kept. */
const keysMax = 32

export function createVerify(): Verify {
  const keys = new Map<string, KeyObject>()
  const keyOf = (x: string): KeyObject => {
    let key = keys.get(x)
    if (key === undefined) {
      key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
      keys.set(x, key)
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
