/**
 * Waiting in tests: always for a condition, never for a time. Deadlines only end what will never
 * come, so they are long: a busy machine may take many times what a quiet one takes.
 */
import { waitFor } from '../../src/cli/servers/wait.js'

const defaultDeadlineMs = 60_000
/** Of one question; the next one is another connection. */
const answerTimeoutMs = 10_000

/**
 * Polls until `poll` gives something else than null, undefined or false, and gives that.
 * @throws WaitExpired that names `what` and the last error of `poll`
 */
export async function eventually<T>(
  what: string,
  poll: () => Promise<T> | T,
  deadlineMs = defaultDeadlineMs,
): Promise<Exclude<T, null | undefined | false>> {
  let last = 'not yet'
  return waitFor({
    what,
    deadlineMs,
    why: () => last,
    poll: async () => {
      try {
        const value = await poll()
        if (value === null || value === undefined || value === false) return null
        return value as Exclude<T, null | undefined | false>
      } catch (error) {
        last = error instanceof Error ? error.message : String(error)
        return null
      }
    },
  })
}

/** Polls an address until it answers with this status, and gives the body. */
export function untilHttp(
  url: string,
  status = 200,
  deadlineMs = defaultDeadlineMs,
): Promise<string> {
  return eventually(
    `${url} with status ${status}`,
    async () => {
      const answer = await fetch(url, { signal: AbortSignal.timeout(answerTimeoutMs) })
      const body = await answer.text()
      if (answer.status !== status) throw new Error(`${answer.status} ${body.slice(0, 200)}`)
      return { body }
    },
    deadlineMs,
  ).then(({ body }) => body)
}
