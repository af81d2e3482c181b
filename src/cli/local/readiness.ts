/**
 * Whether a process of the local cluster serves, asked over HTTP. A replica is ready when `/readyz`
 * answers 200; a sample host when `/state` answers with `"ready": true`.
 */
import { get } from 'node:http'

const requestTimeoutMs = 2_000
const bodyBytesMax = 256 * 1024

interface Answer {
  readonly status: number
  readonly body: string
}

/** @returns null when it is ready, else what it says instead */
export async function replicaReadiness(address: string): Promise<string | null> {
  const answer = await ask(`http://${address}/readyz`)
  if (typeof answer === 'string') return answer
  if (answer.status === 200) return null
  return `${answer.status} ${detailOf(answer.body)}`.trim()
}

/** @returns null when it is ready, else what it says instead */
export async function hostReadiness(address: string): Promise<string | null> {
  const answer = await ask(`http://${address}/state`)
  if (typeof answer === 'string') return answer
  const state = parse(answer.body)
  if (answer.status === 200 && state.ready === true) return null
  return `${answer.status} ${answer.body.replaceAll(/\s+/g, ' ').slice(0, 120)}`.trim()
}

/** No kept-alive connection stays behind that a process would wait for when it stops. */
function ask(url: string): Promise<Answer | string> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: requestTimeoutMs }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
        if (body.length > bodyBytesMax) response.destroy()
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

/** The detail of a problem document (RFC 9457), else the beginning of the text. */
function detailOf(body: string): string {
  const { detail } = parse(body)
  return typeof detail === 'string' ? detail : body.replaceAll(/\s+/g, ' ').slice(0, 120)
}

function parse(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
