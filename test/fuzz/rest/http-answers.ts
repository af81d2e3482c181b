/**
 * Reads answers of HTTP/1.1 as they came, strictly: what is not framed as RFC 9112 says is an error
 * and not guessed at, for somebody between would guess otherwise.
 */
export interface HttpAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

/** The bytes are no answers of HTTP/1.1. */
export class NoHttp extends Error {
  override readonly name = 'NoHttp'
}

const headEnd = Buffer.from('\r\n\r\n')
const headBytesMax = 64 * 1024
const once: ReadonlySet<string> = new Set([
  ...['content-length', 'content-type', 'transfer-encoding', 'connection', 'etag', 'allow'],
])

export class AnswerReader {
  #bytes: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
  }

  /** Bytes that belong to no answer yet. */
  get left(): number {
    return this.#bytes.length
  }

  /**
   * The next answer; null while it has not come whole. Interim ones (1xx) are left out.
   * @param method of the request that it answers @throws NoHttp
   */
  next(method: string): HttpAnswer | null {
    for (;;) {
      const end = this.#bytes.indexOf(headEnd)
      if (end < 0) {
        if (this.#bytes.length > headBytesMax) throw new NoHttp('a head without an end')
        return null
      }
      const { status, headers } = readHead(this.#bytes.toString('latin1', 0, end))
      const from = end + headEnd.length
      const isBodiless = method === 'HEAD' || status === 204 || status === 304 || status < 200
      const framed = isBodiless ? { body: Buffer.alloc(0), end: from } : this.#body(headers, from)
      if (framed === null) return null
      this.#bytes = this.#bytes.subarray(framed.end)
      if (status >= 200 || status === 101) return { status, headers, body: framed.body }
    }
  }

  #body(headers: ReadonlyMap<string, string>, from: number) {
    const length = headers.get('content-length')
    const coding = headers.get('transfer-encoding')
    if (coding !== undefined) {
      if (coding !== 'chunked' || length !== undefined) throw new NoHttp('two lengths')
      return this.#chunks(from)
    }
    if (length === undefined) throw new NoHttp('a body without a length')
    if (!/^\d+$/.test(length)) throw new NoHttp(`the length "${length}"`)
    const end = from + Number(length)
    return this.#bytes.length < end ? null : { body: this.#bytes.subarray(from, end), end }
  }

  #chunks(from: number): { readonly body: Buffer; readonly end: number } | null {
    const pieces: Buffer[] = []
    for (let at = from; ; ) {
      const line = this.#bytes.indexOf('\r\n', at)
      if (line < 0) return null
      const size = this.#bytes.toString('latin1', at, line)
      if (!/^[0-9a-f]+$/i.test(size)) throw new NoHttp(`a chunk of "${size.slice(0, 40)}" bytes`)
      const bytes = Number.parseInt(size, 16)
      const end = line + 2 + bytes
      if (this.#bytes.length < end + 2) return null
      if (this.#bytes.toString('latin1', end, end + 2) !== '\r\n') throw new NoHttp('a long chunk')
      if (bytes === 0) return { body: Buffer.concat(pieces), end: end + 2 }
      pieces.push(this.#bytes.subarray(line + 2, end))
      at = end + 2
    }
  }
}

function readHead(head: string): Pick<HttpAnswer, 'status' | 'headers'> {
  const [line = '', ...fields] = head.split('\r\n')
  const [, status] = /^HTTP\/1\.1 ([1-5]\d\d) [\t -~]*$/.exec(line) ?? []
  if (status === undefined) throw new NoHttp(`the status line "${line.slice(0, 80)}"`)
  const headers = new Map<string, string>()
  for (const field of fields) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*(.*?)[\t ]*$/.exec(field) ?? []
    if (name === undefined || value === undefined) throw new NoHttp(`the header "${field}"`)
    const key = name.toLowerCase()
    if (once.has(key) && headers.has(key)) throw new NoHttp(`the header "${name}" twice`)
    headers.set(key, value)
  }
  return { status: Number(status), headers }
}
