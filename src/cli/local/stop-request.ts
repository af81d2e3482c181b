/**
 * When `berth up` is to stop: a signal, the end of the npm that runs it, or of its lifeline. Under
 * npm one Ctrl-C arrives twice, from the terminal and from npm, so a second signal means "at once"
 * only when it comes more than a second after the first.
 */
import { watchLifeline } from '../../process/lifeline.js'

const repeatMs = 1_000
const parentPollMs = 1_000
const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

export interface StopRequest {
  /** Aborted when it is time to stop in order. */
  readonly orderly: AbortSignal
  /** Aborted when there is no time left for that. */
  readonly atOnce: AbortSignal
  /** Resolves with `orderly`. */
  readonly requested: Promise<void>
  /** Stops listening. */
  dispose(): void
}

/** Begins to listen; keeps the process alive until `dispose`. */
export function listenForStop(): StopRequest {
  const orderly = new AbortController()
  const atOnce = new AbortController()
  let firstMs: number | null = null
  const stop = () => {
    firstMs ??= performance.now()
    orderly.abort(new StopRequested())
  }
  const onSignal = () => {
    if (firstMs !== null && performance.now() - firstMs > repeatMs) atOnce.abort()
    stop()
  }
  for (const name of signals) process.on(name, onSignal)
  watchLifeline(stop)
  const parent = process.ppid
  const underNpm = process.env.npm_lifecycle_event !== undefined
  const poll = setInterval(() => {
    if (underNpm && process.ppid !== parent) stop()
  }, parentPollMs)
  return {
    orderly: orderly.signal,
    atOnce: atOnce.signal,
    requested: new Promise((resolve) => {
      orderly.signal.addEventListener('abort', () => resolve(), { once: true })
    }),
    dispose: () => {
      clearInterval(poll)
      for (const name of signals) process.off(name, onSignal)
    },
  }
}

/** Why a start is given up: nothing is wrong, somebody asked for it. */
export class StopRequested extends Error {
  override readonly name = 'StopRequested'
}
