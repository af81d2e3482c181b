/** Requests to a replica, each with an end: an answer, or that there was none in time. */
import { Agent, request } from 'node:http'

export type Answer =
  | { readonly kind: 'ok'; readonly body: unknown }
  /** RFC 9457. */
  | { readonly kind: 'problem'; readonly status: number; readonly code: string; detail: string }
  /** The connection failed, or nothing came in time: it may be done yet. */
  | { readonly kind: 'none'; readonly why: string }

export interface RestCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** With the origin. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** Connections to one replica. */
const socketsMax = 256

export class RestClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: socketsMax })

  call({ method, url, headers = {}, timeoutMs }: RestCall): Promise<Answer> {
    return new Promise((resolve) => {
      const none = (why: string) => resolve({ kind: 'none', why })
      const signal = AbortSignal.timeout(timeoutMs)
      const sent = request(url, { method, headers, agent: this.#agent, signal }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        response.on('error', ({ message }) => none(message))
        response.on('close', () => none('the answer was cut off'))
        response.on('end', () => resolve(parse(response.statusCode ?? 0, text)))
      })
      sent.on('error', ({ message }) => none(message))
      sent.end()
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

function parse(status: number, text: string): Answer {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return { kind: 'none', why: `the answer is no JSON: ${text.slice(0, 80)}` }
  }
  if (status === 200) return { kind: 'ok', body }
  const { code = '', detail = '' } = body as { code?: string; detail?: string }
  return { kind: 'problem', status, code, detail }
}
