/** Who stands behind a request or a session, as a replica judged at its door. Pure. */
import type { Grant } from './credential.js'
import type { Role } from './role.js'

export interface Principal {
  /** Id of the credential that was shown; empty where none was, or none that counts. */
  readonly credential: string
  /** null where there is no such credential. */
  readonly grant: Grant | null
  /** Until when what was shown is good, by the wall clock in ms; null for no end. */
  readonly expiresAtMs: number | null
  /**
   * Whether what the grant does not cover is refused. Otherwise (`--auth off` and `permissive`) it
   * is let in, and under `permissive` counted.
   */
  readonly enforced: boolean
}

/** Everybody, where nothing is asked for. */
export const everybody: Principal = {
  credential: '',
  grant: null,
  expiresAtMs: null,
  enforced: false,
}

/** Who wrote something, as it stands in the log beside the command. */
export interface Requester {
  /** Id of the credential; empty for none. */
  readonly credential: string
  /** Empty for none. */
  readonly role: Role | ''
  /** Address of the other side of the connection, without its port. */
  readonly address: string
  /** `operationId` of openapi.yaml. */
  readonly operation: string
  /** Id of the request, as the log line about it has it. */
  readonly request: string
}
