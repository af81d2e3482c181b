/** A NATS client by hand, for what no client would publish. */
import { connect } from 'node:net'
import type { Owner } from './owner.js'

export interface RawNats {
  /** Publishes with these bytes as headers. */
  publish(subject: string, headers: Buffer, payload?: Uint8Array): void
  /** Resolves once the server has taken everything that was published. */
  flush(): Promise<void>
}

export async function rawNats(owner: Owner, url: string): Promise<RawNats> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  owner.onTestFinished(() => void socket.destroy())
  const waiting: (() => void)[] = []
  socket.on('data', (chunk) => {
    for (const _ of chunk.toString('latin1').matchAll(/PONG\r\n/g)) waiting.shift()?.()
  })
  const flush = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve)
      socket.write('PING\r\n')
    })
  socket.write('CONNECT {"verbose":false,"headers":true,"protocol":1}\r\n')
  await flush()
  return {
    flush,
    publish: (subject, headers, payload = new Uint8Array(0)) => {
      const sizes = `${headers.length} ${headers.length + payload.length}`
      const head = Buffer.from(`HPUB ${subject} ${sizes}\r\n`)
      socket.write(Buffer.concat([head, headers, payload, Buffer.from('\r\n')]))
    },
  }
}
