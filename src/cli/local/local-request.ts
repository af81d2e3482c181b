/** A GET to a process of the local cluster. */
import { get } from 'node:http'

const requestTimeoutMs = 2_000
const bodyBytesMax = 256 * 1024

export interface LocalAnswer {
  readonly status: number
  readonly body: string
}

/**
 * No kept-alive connection stays behind that a process would wait for when it stops.
 * @param signal gives the question up
 * @returns why there is no answer, else the answer, of 256 KiB at most
 */
export function ask(url: string, signal?: AbortSignal): Promise<LocalAnswer | string> {
  return new Promise((resolve) => {
    const options = { agent: false, timeout: requestTimeoutMs, ...(signal && { signal }) }
    const request = get(url, options, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
        if (body.length > bodyBytesMax) response.destroy(new Error('a longer answer than expected'))
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', (error) => resolve(error.message))
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ECONNREFUSED' ? 'it does not listen yet' : error.message)
    })
  })
}

/** The fields of a JSON object; none when the text is another one. */
export function fieldsOf(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
