/**
 * Every error code that Berth gives, with its HTTP status and whether a retry makes sense.
 * docs/errors.md says of each what to do; a test holds both together.
 */
interface Kind {
  readonly status: number
  readonly retryable: boolean
  readonly title: string
}

const kinds = {
  invalid_message: { status: 400, retryable: false, title: 'The message is not valid.' },
  invalid_request: { status: 400, retryable: false, title: 'The request is not valid.' },
  invalid_config: { status: 400, retryable: false, title: 'The configuration is not valid.' },
  credential_in_query: { status: 400, retryable: false, title: 'Credentials go into a header.' },
  unauthenticated: { status: 401, retryable: false, title: 'A credential is needed.' },
  credential_malformed: { status: 401, retryable: false, title: 'That is no whole credential.' },
  credential_unknown: { status: 401, retryable: false, title: 'That credential is not known.' },
  credential_expired: { status: 401, retryable: false, title: 'That credential has expired.' },
  credential_ambiguous: { status: 401, retryable: false, title: 'That stands for several.' },
  forbidden: { status: 403, retryable: false, title: 'The credential is not for this.' },
  foreign_origin: { status: 403, retryable: false, title: 'Pages of other sites are kept out.' },
  not_found: { status: 404, retryable: false, title: 'There is no such thing.' },
  method_not_allowed: { status: 405, retryable: false, title: 'The path has no such method.' },
  no_owner: { status: 404, retryable: true, title: 'No host offers this actor type.' },
  not_acceptable: { status: 406, retryable: false, title: 'That form cannot be given.' },
  request_timeout: { status: 408, retryable: true, title: 'The request did not come in time.' },
  name_taken: { status: 409, retryable: true, title: 'A live host has this name.' },
  not_owner: { status: 409, retryable: true, title: 'This host may not run that actor now.' },
  table_mismatch: { status: 409, retryable: true, title: 'The change does not fit this table.' },
  conflict: { status: 409, retryable: false, title: 'The state does not allow this.' },
  not_handed_over: { status: 409, retryable: false, title: 'Not everything was handed over.' },
  level_too_low: { status: 409, retryable: false, title: 'Not all of the cluster is upgraded.' },
  foreign_cluster: { status: 409, retryable: false, title: 'That is another cluster.' },
  replica_id_taken: { status: 409, retryable: false, title: 'Two replicas have the same id.' },
  identity_lost: { status: 409, retryable: false, title: 'This replica has lost its data.' },
  removed: { status: 409, retryable: false, title: 'This replica was removed for good.' },
  compacted: { status: 410, retryable: false, title: 'That part of the history is gone.' },
  too_large: { status: 413, retryable: false, title: 'The request is too large.' },
  unsupported_media_type: { status: 415, retryable: false, title: 'Send application/json.' },
  expectation_failed: { status: 417, retryable: false, title: 'That cannot be expected here.' },
  not_leader: { status: 421, retryable: true, title: 'This replica is not the leader.' },
  call_declined: { status: 421, retryable: true, title: 'That actor is not of this host now.' },
  too_far_back: { status: 422, retryable: false, title: 'That is too far in the past.' },
  upgrade_required: { status: 426, retryable: false, title: 'This path speaks WebSocket only.' },
  unsupported_version: { status: 426, retryable: false, title: 'Another version is needed.' },
  too_many_requests: { status: 429, retryable: true, title: 'Too many requests.' },
  headers_too_large: { status: 431, retryable: false, title: 'The headers are too large.' },
  internal: { status: 500, retryable: true, title: 'Something that should not happen did.' },
  storage_damaged: { status: 500, retryable: false, title: 'Stored data is damaged.' },
  newer_version: { status: 500, retryable: false, title: 'A newer version of Berth wrote this.' },
  older_version: { status: 500, retryable: false, title: 'That version is read no more.' },
  call_failed: { status: 500, retryable: false, title: 'The actor failed while it was called.' },
  call_lost: { status: 502, retryable: false, title: 'The call broke; its outcome is unknown.' },
  call_fenced: { status: 503, retryable: true, title: 'This host was fenced.' },
  call_moving: { status: 503, retryable: true, title: 'The actor did not come to rest in time.' },
  call_unreachable: { status: 503, retryable: true, title: 'The owner could not be reached.' },
  too_many_calls: { status: 503, retryable: true, title: 'Too many calls wait already.' },
  no_leader: { status: 503, retryable: true, title: 'No leader is known now.' },
  overloaded: { status: 503, retryable: true, title: 'Too much is waiting to be written.' },
  unavailable: { status: 503, retryable: true, title: 'That cannot be served now.' },
  database_login: { status: 500, retryable: false, title: 'Postgres refuses the login.' },
  database_missing: { status: 500, retryable: false, title: 'Postgres has no such database.' },
  database_permission: {
    status: 500,
    retryable: false,
    title: 'The Postgres role may not do this.',
  },
  database_read_only: { status: 500, retryable: true, title: 'Postgres accepts no writes.' },
  database_full: { status: 500, retryable: true, title: 'The disk of Postgres is full.' },
  database_unsafe: { status: 500, retryable: false, title: 'Postgres runs with fsync off.' },
  database_unsupported: { status: 500, retryable: false, title: 'This Postgres is not supported.' },
  database_newer: { status: 500, retryable: false, title: 'A newer Berth made this database.' },
  database_altered: { status: 500, retryable: false, title: 'A migration is not the known one.' },
  database_taken_over: { status: 500, retryable: false, title: 'Another process writes here.' },
  database_replaced: { status: 500, retryable: false, title: 'This is not the database it was.' },
  state_diverged: { status: 500, retryable: false, title: 'The state differs from others.' },
  snapshot_damaged: { status: 500, retryable: false, title: 'A stored snapshot is damaged.' },
  call_timeout: {
    status: 504,
    retryable: false,
    title: 'The call was not answered in time; its outcome is unknown.',
  },
  timeout: { status: 504, retryable: true, title: 'It took too long; the outcome is unknown.' },
} as const satisfies Record<string, Kind>

export type ErrorCode = keyof typeof kinds
export const catalogue: Readonly<Record<ErrorCode, Kind>> = kinds
