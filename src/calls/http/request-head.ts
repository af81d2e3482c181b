/**
 * The head of a call, read in one pass: what of it goes on, and what is for us. Names of headers
 * are remembered with what is done with them, for most calls have the same.
 */
import { connectionNames, isOurs, requestHeadersEnd, withoutHeaders } from './call-headers.js'

/** Headers that are read here, by their names in lower case; undefined where there are none. */
export interface RequestHead {
  /** Those that go on, flat: name, value. */
  headers: string[]
  contentLength: string | undefined
  transferEncoding: string | undefined
  upgrade: string | undefined
  idempotencyKey: string | undefined
  timeout: string | undefined
  generation: string | undefined
  chain: string | undefined
  hop: string | undefined
  explain: string | undefined
}

type Field = Exclude<keyof RequestHead, 'headers'>

interface Kind {
  readonly goesOn: boolean
  readonly isConnection: boolean
  readonly field: Field | null
}

/** No object: names such as `constructor` would be found in it. */
const fields: ReadonlyMap<string, Field> = new Map([
  ['content-length', 'contentLength'],
  ['transfer-encoding', 'transferEncoding'],
  ['upgrade', 'upgrade'],
  ['idempotency-key', 'idempotencyKey'],
  ['berth-timeout', 'timeout'],
  ['berth-generation', 'generation'],
  ['berth-chain', 'chain'],
  ['berth-hop', 'hop'],
  ['berth-explain', 'explain'],
])

/** Names that are remembered, and the longest of them: anybody can send new ones. */
const namesMax = 1_000
const nameLengthMax = 64

export class RequestHeads {
  readonly #kinds = new Map<string, Kind>()

  /** Names that are remembered. */
  get size(): number {
    return this.#kinds.size
  }

  /** @param raw flat: name, value; of several of a name that is read here the first one counts */
  read(raw: readonly string[]): RequestHead {
    const head: RequestHead = {
      headers: [],
      contentLength: undefined,
      transferEncoding: undefined,
      upgrade: undefined,
      idempotencyKey: undefined,
      timeout: undefined,
      generation: undefined,
      chain: undefined,
      hop: undefined,
      explain: undefined,
    }
    let named: Set<string> | null = null
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const name = raw[i] as string
      const value = raw[i + 1] as string
      const { goesOn, isConnection, field } = this.#kinds.get(name) ?? this.#learn(name)
      if (goesOn) head.headers.push(name, value)
      if (field !== null) head[field] ??= value
      else if (isConnection) named = connectionNames(named, value)
    }
    if (named !== null) {
      head.headers = withoutHeaders(head.headers, named)
      // The application does not get it: nothing there tells the second call from the first.
      if (named.has('idempotency-key')) head.idempotencyKey = undefined
    }
    return head
  }

  #learn(name: string): Kind {
    const lower = name.toLowerCase()
    const kind: Kind = {
      goesOn: !requestHeadersEnd.has(lower) && !isOurs(lower),
      isConnection: lower === 'connection',
      field: fields.get(lower) ?? null,
    }
    if (this.#kinds.size < namesMax && name.length <= nameLengthMax) this.#kinds.set(name, kind)
    return kind
  }
}
