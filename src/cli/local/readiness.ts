/**
 * Whether a process of the local cluster serves, asked over HTTP. A replica is ready when `/readyz`
 * answers 200; a sample host when `/state` answers with `"ready": true`.
 */
import { ask, fieldsOf, type LocalAnswer } from './local-request.js'

/** @returns null when it is ready, else what it says instead */
export async function replicaReadiness(address: string): Promise<string | null> {
  const answer = await ask(`http://${address}/readyz`)
  if (typeof answer === 'string') return answer
  if (answer.status === 200) return null
  return detailOf(answer) ?? `it answers ${answer.status}`
}

/** @returns null when it is ready, else what it says instead */
export async function hostReadiness(address: string): Promise<string | null> {
  const answer = await ask(`http://${address}/state`)
  if (typeof answer === 'string') return answer
  const state = fieldsOf(answer.body)
  if (answer.status === 200 && state.ready === true) return null
  if (answer.status === 200 && state.ready === false) return 'it has not joined yet'
  return detailOf(answer) ?? `it answers ${answer.status}`
}

/** What a problem document (RFC 9457) says, to stand in parentheses; null when it is none. */
function detailOf({ body }: LocalAnswer): string | null {
  const { detail } = fieldsOf(body)
  if (typeof detail !== 'string') return null
  return detail.replace(/^Not ready: /, '').replace(/\.$/, '')
}
