/**
 * What replicas know of the secret by which a host proves that it is the instance that was admitted
 * (docs/safety.md, "Who speaks"). The secret itself goes no further than the replica that its
 * session is attached to.
 */
import { base64Url } from '../hash/byte-writer.js'
import type { TableContext } from '../table/table-context.js'
import type { Hello } from '../wire/messages.js'

/** A hello with the hash of its secret in place of the secret; empty for a hello without one. */
export type ProvenHello = Omit<Hello, 'secret'> & { readonly secretHash: string }

export function prove(hello: Hello, { hasher, writer }: TableContext): ProvenHello {
  const { secret, ...rest } = hello
  if (secret === undefined) return { ...rest, secretHash: '' }
  const bytes = writer.reset().text('berth.secret.1').text(secret).written()
  return { ...rest, secretHash: base64Url(hasher.digest256(bytes)) }
}
