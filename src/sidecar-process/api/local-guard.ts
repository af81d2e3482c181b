/**
 * Keeps web pages away from the sidecar, and with it from all actors: a page that a developer
 * opens could make the browser ask it. By `Host` and `Origin`, as everywhere; and by what the
 * browser says of where a request comes from, because an image or a link has no `Origin`.
 */
import type { IncomingMessage } from 'node:http'
import { BerthError } from '../../errors/berth-error.js'
import type { LimitedLog } from '../../log/limited-log.js'
import { createOriginGuard } from '../../rest/origin-guard.js'

/** @returns null when the request may come in */
export type LocalGuard = (request: IncomingMessage) => BerthError | null

/** Longest text of a request in a line of the log, in UTF-16 units. */
const shownUnitsMax = 200

/** `none`: typed or chosen by the person at the browser. */
const ownSites = ['same-origin', 'none']

/** @param refused where it is said who was kept out */
export function createLocalGuard(refused: LimitedLog): LocalGuard {
  const guard = createOriginGuard(
    { advertised: [], aliases: [] },
    {
      server: 'this sidecar',
      advice: 'Use localhost or the address that it listens on.',
    },
  )
  /** Who came in last, without a browser: most requests are of the same application. */
  let known: { readonly host: string; readonly localAddress: string | undefined } | null = null
  return (request) => {
    const { headers, socket } = request
    const { localAddress } = socket
    const isOfPage = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined
    const isPlain = !isOfPage && request.url?.startsWith('/') === true
    const isKnown = known?.host === headers.host && known?.localAddress === localAddress
    const isClear = !hasTwoHosts(request)
    if (isClear && isPlain && isKnown && known !== null) return null
    try {
      if (!isClear) throw new BerthError('invalid_request', twoHosts)
      refuseOtherSites(request)
      guard({
        host: headers.host,
        origin: headers.origin,
        target: request.url ?? '/',
        localAddress,
        localPort: socket.localPort,
        isProbe: false,
      })
      if (isPlain && headers.host !== undefined) known = { host: headers.host, localAddress }
      return null
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      note(refused, request, error)
      return error
    }
  }
}

const twoHosts = 'A request has one header Host: leave out the others.'

/** Here the first one counts, and for what stands in between perhaps the last one. */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  return hosts > 1
}

function refuseOtherSites({ headers }: IncomingMessage): void {
  const site = headers['sec-fetch-site']
  if (site === undefined || ownSites.includes(String(site))) return
  const detail = 'A page of another site may not reach this sidecar, by a link or an image neither.'
  throw new BerthError('foreign_origin', detail)
}

function note(refused: LimitedLog, { headers, url, socket }: IncomingMessage, error: BerthError) {
  const shown = (text: string | undefined) => text?.slice(0, shownUnitsMax)
  const { host, origin } = headers
  const from = { remote: socket.remoteAddress, host: shown(host), origin: shown(origin) }
  const path = shown(url?.split('?', 1)[0])
  const what = { path, code: error.code, detail: shown(error.message) }
  refused.add('warn', { ...from, ...what }, 'a request is refused')
}
