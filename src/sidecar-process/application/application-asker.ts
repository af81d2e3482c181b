/**
 * Asks the application over HTTP, each question with a limit of time and of length. Follows no
 * redirect: what it says is its answer.
 */
import { Pool } from 'undici'
import { messageOf } from '../../errors/message-of.js'
import type { Ask, AskOutcome } from './watch-effect.js'

/** For an answer with all of its body, in ms. */
export const askTimeoutMs = 1_000
/** Longest body that is read, in bytes. */
export const askBytesMax = 64 * 1_024

/** There is nobody who could have anything: the connection was not made. */
const refusals: readonly string[] = [
  ...['ECONNREFUSED', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['EADDRNOTAVAIL', 'UND_ERR_CONNECT_TIMEOUT'],
]

export class ApplicationAsker {
  readonly #pool: Pool

  /** @param app `http://host:port`, or `unix:/path` */
  constructor(app: string) {
    const socketPath = app.startsWith('unix:') ? app.slice('unix:'.length) : null
    this.#pool = new Pool(socketPath === null ? app : 'http://localhost', {
      connections: 1,
      pipelining: 1,
      // Shorter than the time between two questions: none goes out on a connection that just ends.
      keepAliveTimeout: 500,
      keepAliveMaxTimeout: 500,
      headersTimeout: askTimeoutMs,
      bodyTimeout: askTimeoutMs,
      maxResponseSize: askBytesMax,
      connect: { timeout: askTimeoutMs, ...(socketPath === null ? {} : { socketPath }) },
    })
  }

  async ask({ path, wantsBody }: Pick<Ask, 'path' | 'wantsBody'>): Promise<AskOutcome> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), askTimeoutMs)
    try {
      const { signal } = late
      const headers = { accept: 'application/json' }
      const answer = await this.#pool.request({ method: 'GET', path, headers, signal })
      const { statusCode: status } = answer
      if (wantsBody && status === 200) {
        return { kind: 'answer', status, body: await answer.body.text() }
      }
      // Of what nobody reads a little is taken, so that the connection can go on.
      await answer.body.dump({ limit: askBytesMax, signal })
      return { kind: 'answer', status, body: null }
    } catch (error) {
      if (late.signal.aborted) return { kind: 'failed', reason: 'no answer in time' }
      return outcomeOf(error)
    } finally {
      clearTimeout(timer)
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}

function outcomeOf(error: unknown): AskOutcome {
  const code = codeOf(error)
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return { kind: 'failed', reason: `its answer is longer than ${askBytesMax} bytes` }
  }
  const reason = messageOf(error) === '' ? code : messageOf(error)
  return { kind: refusals.includes(code) ? 'refused' : 'failed', reason }
}

/** Of several addresses of a name each has failed in its way. */
function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: readonly unknown[] }
  if (typeof code === 'string') return code
  return errors === undefined || errors.length === 0 ? '' : codeOf(errors[0])
}
