/**
 * What asyncapi.yaml says of the messages of a NATS channel: where they go, their headers and their
 * payloads, each to the letter.
 */
import type { MsgHdrs } from 'nats'
import { documents } from '../../src/api/documents.js'
import { closed } from '../../src/wire/closed.js'
import { decode } from '../../src/wire/msgpack.js'
import { createWireAjv } from '../../src/wire/validate.js'

export interface Captured {
  readonly subject: string
  readonly headers?: MsgHdrs | undefined
  readonly data: Uint8Array
}

interface Documented {
  readonly headers?: object
  readonly payload: object
}

/** @returns a check of a message in a namespace of a cluster */
export function documented(channel: 'table' | 'pulse' | 'get', namespace = 'shop') {
  const { channels } = documents.asyncapi as {
    channels: Record<string, { address: string; messages: Record<string, Documented> }>
  }
  const { address, messages } = channels[channel]!
  const ajv = createWireAjv({ unknownFields: 'refused' })
  const compile = (schema: object) =>
    ajv.compile(JSON.parse(JSON.stringify(closed(schema)).replaceAll('"#/', '"berth#/')))
  return (cluster: string, { subject, headers, data }: Captured) => {
    const names = headers?.keys() ?? []
    const heads = Object.fromEntries(names.map((name) => [name, headers?.get(name)]))
    const isKnown = Object.values(messages).some(
      (said) => compile(said.headers ?? {})(heads) && compile(said.payload)(decode(data)),
    )
    const expected = address.replace('{cluster}', cluster).replace('{namespace}', namespace)
    const isOnce = names.every((name) => headers?.values(name).length === 1)
    return { isAt: subject === expected, isKnown, isOnce }
  }
}
