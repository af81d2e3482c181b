/** A TCP proxy before Postgres that can swallow answers, cut connections and refuse new ones. */
import { connect, createServer, type Socket } from 'node:net'
import type { Owner } from '../../support/owner.js'
import { freePort } from '../../support/ports.js'
import { resetSocket } from '../../support/reset-socket.js'

export interface Proxy {
  /** `url` with the address of the proxy. */
  readonly url: string
  /** Bytes that the server sent on the connections that are open. */
  readonly answered: () => number
  /** From now on what the server answers on open connections goes nowhere. */
  swallowAnswers(): void
  /**
   * From now on nothing goes through connections that are open, in either direction; with 'all'
   * nor through those that come, until they are cut.
   */
  blackhole(which?: 'open' | 'all'): void
  /** Resets all open connections. */
  cut(): void
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  answered: number
  swallow: boolean
}

export async function startProxy(owner: Owner, url: string): Promise<Proxy> {
  const to = new URL(url)
  const pairs = new Set<Pair>()
  let swallowsAll = false
  const listener = createServer((client) => {
    const server = connect(Number(to.port), to.hostname)
    const pair: Pair = { client, server, answered: 0, swallow: false }
    pairs.add(pair)
    if (swallowsAll) pause(pair)
    client.on('data', (bytes) => server.write(bytes))
    server.on('data', (bytes) => {
      pair.answered += bytes.length
      if (!pair.swallow) client.write(bytes)
    })
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => {})
      one.on('close', () => {
        other.destroy()
        pairs.delete(pair)
      })
    }
  })
  const port = await freePort()
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve))
  const cut = () => {
    swallowsAll = false
    for (const { client } of pairs) resetSocket(client)
  }
  owner.onTestFinished(async () => {
    cut()
    await new Promise((resolve) => listener.close(resolve))
  })
  const through = new URL(url)
  through.port = String(port)
  return {
    url: through.href,
    answered: () => [...pairs].reduce((sum, { answered }) => sum + answered, 0),
    swallowAnswers: () => {
      for (const pair of pairs) pair.swallow = true
    },
    blackhole: (which = 'open') => {
      swallowsAll = which === 'all'
      pairs.forEach(pause)
    },
    cut,
  }
}

function pause({ client, server }: Pair): void {
  client.pause()
  server.pause()
}
