/**
 * Credentials as the log has them: what each proves itself by, and what it is good for. Whoever
 * knows the state of a replica can judge one; no secret stands in it. Pure.
 */
import type { Role } from './role.js'

/** What the bearer may do, and where. */
export interface Grant {
  readonly role: Role
  /** Exact names; `*` alone stands for all, and for what is of no namespace. 1 to 64. */
  readonly namespaces: readonly string[]
  /** For hosts: absent where nothing is pinned. */
  readonly pins?: HostPins
}

/** Which hosts the bearer may be. Each list has up to 64; an empty one pins nothing. */
export interface HostPins {
  /** Of names (`host:port`): text where `*` is any run of characters, or a CIDR of the host. */
  readonly names: readonly string[]
  readonly appIds: readonly string[]
  readonly types: readonly string[]
}

export type Proof =
  | {
      readonly kind: 'token'
      /** SHA-256 of the whole text of the token, base64url: 43 characters. */
      readonly sha256: string
      /** The one before a rotation, good until `untilMs` by the wall clock; null for none. */
      readonly previous: { readonly sha256: string; readonly untilMs: number } | null
    }
  /** `subject:CN=…` (RFC 2253, as in certificate-name.ts), `dns:name` or `uri:spiffe://…`. */
  | { readonly kind: 'certificate'; readonly name: string }
  /** The claims `iss` and `sub`, exactly. */
  | { readonly kind: 'jwt'; readonly issuer: string; readonly subject: string }

export interface Credential {
  /** 16 characters of a-z and 0-9; public, and never used again. */
  readonly id: string
  /** For people: up to 250 characters. */
  readonly label: string
  readonly proof: Proof
  readonly grant: Grant
  /** Wall clock, in ms. */
  readonly createdAtMs: number
  /** Id of the credential by which it was made; empty for nobody in particular. */
  readonly createdBy: string
  /** Wall clock, in ms; null for never. */
  readonly expiresAtMs: number | null
}

/** Credentials as the replicated state has them. */
export interface CredentialSource {
  credential(id: string): Credential | undefined
  /** The one that a certificate of this name stands for. */
  credentialOfCertificate(name: string): Credential | undefined
  credentialOfJwt(issuer: string, subject: string): Credential | undefined
  /** Whether no credential was ever issued: whoever comes first may have the first one. */
  readonly isUnlocked: boolean
}

export const credentialIdForm = /^[a-z0-9]{16}$/

/** Credentials of a cluster. */
export const credentialsMax = 16_384
export const labelLengthMax = 250
export const grantNamespacesMax = 64
export const pinsMax = 64
/** Of a certificate's name, a JWT's issuer and its subject, in characters. */
export const proofNameLengthMax = 512

/** Whether a grant is for this namespace. @param namespace null for what is of no namespace */
export function coversNamespace({ namespaces }: Grant, namespace: string | null): boolean {
  return namespaces.includes('*') || (namespace !== null && namespaces.includes(namespace))
}
