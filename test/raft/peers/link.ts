/** A network link to a port: it can fall silent without a word to either side, and heal. */
import { connect, createServer, type Socket } from 'node:net'
import type { Owner } from '../../support/owner.js'
import { freePort } from '../../support/ports.js'

export interface Link {
  readonly port: number
  /** Nothing passes any more, in either direction, on connections old and new. */
  silence(): void
  /** New connections pass again; the old ones stay silent. */
  heal(): void
}

export async function startLink(owner: Owner, to: number): Promise<Link> {
  const ends = new Set<Socket>()
  let silent = false
  const listener = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(one)
      one.on('error', () => {})
      one.on('data', (bytes) => void other.write(bytes))
      one.on('close', () => {
        ends.delete(one)
        if (!one.isPaused()) other.destroy()
      })
      if (silent) one.pause()
    }
  })
  const port = await freePort()
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve))
  owner.onTestFinished(async () => {
    for (const end of ends) end.destroy()
    await new Promise((resolve) => listener.close(resolve))
  })
  return {
    port,
    silence: () => {
      silent = true
      for (const end of ends) end.pause()
    },
    heal: () => {
      silent = false
    },
  }
}
