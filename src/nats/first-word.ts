/** Whether a NATS server speaks: it says INFO to whoever connects, without being asked. */
import { connect } from 'node:net'

const portDefault = 4222

/** The first line of a server is no longer, in bytes. */
const lineBytesMax = 64 * 1024

/**
 * Settles once the server has said its first line; the connection is closed in any case, and
 * nothing of this call stays behind at the signal. A whole line, and the right one: for its end the
 * client would wait on a socket that it never closes.
 * @param server `nats://host:port`, `host:port` or `host`, as the NATS client takes it
 * @throws when it cannot be reached, says nothing in time or what no NATS server says, or the
 *   signal is aborted
 */
export function firstWord(server: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const { host, port } = addressOf(server)
  return new Promise((resolve, reject) => {
    // The signal is not for `connect`: that keeps its listener, and the socket, for as long as the
    // signal lives.
    const socket = connect({ host, port })
    const giveUp = () => {
      socket.destroy(new Error(`${host}:${port} was given up`))
    }
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
    const timer = setTimeout(() => {
      socket.destroy(new Error(`${host}:${port} said nothing within ${timeoutMs} ms`))
    }, timeoutMs)
    let failure: Error | null = null
    let line = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      line += text
      const isForeign = !line.startsWith('INFO '.slice(0, line.length))
      if (isForeign || line.length > lineBytesMax) {
        socket.destroy(new Error(`${host}:${port} is no NATS server`))
      } else if (line.includes('\r\n')) {
        resolve()
        socket.destroy()
      }
    })
    socket.once('error', (error) => {
      failure = error
    })
    socket.once('close', () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      reject(failure ?? new Error(`${host}:${port} closed the connection`))
    })
  })
}

function addressOf(server: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(server.includes('://') ? server : `nats://${server}`)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return { host, port: port === '' ? portDefault : Number(port) }
}
