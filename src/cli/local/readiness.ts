/**
 * Whether a process of the local cluster serves, asked over HTTP. A replica is ready when `/readyz`
 * answers 200; a sample host when `/state` answers with `"ready": true`.
 */
import { ask, fieldsOf } from './local-request.js'

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
  const state = fieldsOf(answer.body)
  if (answer.status === 200 && state.ready === true) return null
  return `${answer.status} ${answer.body.replaceAll(/\s+/g, ' ').slice(0, 120)}`.trim()
}

/** The detail of a problem document (RFC 9457), else the beginning of the text. */
function detailOf(body: string): string {
  const { detail } = fieldsOf(body)
  return typeof detail === 'string' ? detail : body.replaceAll(/\s+/g, ' ').slice(0, 120)
}
