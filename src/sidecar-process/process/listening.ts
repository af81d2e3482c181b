/** Opens the ports of a sidecar, and says which flag is the reason when one cannot be opened. */
import { lstatSync, unlinkSync } from 'node:fs'
import { connect, type ListenOptions } from 'node:net'
import { BerthError } from '../../errors/berth-error.js'
import { messageOf } from '../../errors/message-of.js'
import { formatAddress } from '../../settings/setting-kinds.js'
import type { LocalAddress } from '../settings/sidecar-kinds.js'

/** How long somebody at a unix socket may take to answer a connect, in ms. */
const connectMs = 1_000

/**
 * @param listen resolves when it listens
 * @throws BerthError `unavailable` that names the flag
 */
export async function openPort(
  flag: string,
  address: LocalAddress,
  listen: (where: ListenOptions) => Promise<void>,
): Promise<void> {
  try {
    if (address.kind === 'tcp') await listen({ host: address.host, port: address.port })
    else await openSocket(address.path, listen)
  } catch (cause) {
    const detail = `${flag} ${shownAddress(address)} cannot be opened: ${messageOf(cause)}`
    throw new BerthError('unavailable', detail, { cause })
  }
}

export function shownAddress(address: LocalAddress): string {
  return address.kind === 'tcp' ? formatAddress(address) : `unix:${address.path}`
}

/** A socket that a process left behind which was killed is taken away. */
async function openSocket(
  path: string,
  listen: (where: ListenOptions) => Promise<void>,
): Promise<void> {
  try {
    await listen({ path })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' || !lstatSync(path).isSocket() || !(await isLeft(path))) throw error
    unlinkSync(path)
    await listen({ path })
  }
}

function isLeft(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: connectMs })
    const end = (left: boolean) => {
      socket.destroy()
      resolve(left)
    }
    socket.once('connect', () => end(false))
    socket.once('timeout', () => end(false))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'))
  })
}
