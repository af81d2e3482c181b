/**
 * Whether the ports of a replica can be opened, asked before it takes its database over: a replica
 * that is started twice by mistake must not end the one that runs. Another process may take a port
 * between the question and the opening, so the opening may fail all the same.
 */
import { createServer } from 'node:net'
import { BerthError } from '../../errors/berth-error.js'
import type { ReplicaConfiguration } from '../settings/configuration.js'
import { formatAddress, type SocketAddress } from '../settings/setting-kinds.js'

/** @throws BerthError `unavailable` that names the flag */
export async function checkPorts({ listen, peerListen }: ReplicaConfiguration): Promise<void> {
  await checkPort('--listen', listen)
  await checkPort('--peer-listen', peerListen)
}

async function checkPort(flag: string, address: SocketAddress): Promise<void> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(address, resolve)
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const detail = `${flag} ${formatAddress(address)} cannot be opened: ${reason}`
    throw new BerthError('unavailable', detail, { cause })
  }
  await new Promise((resolve) => server.close(resolve))
}
