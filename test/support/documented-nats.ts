/**
 * What asyncapi.yaml says of the messages of a NATS channel: where they go, their headers and their
 * payloads, each to the letter.
 */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { MsgHdrs } from 'nats'
import { parse } from 'yaml'
import { closed } from '../../src/wire/closed.js'
import { maxBytesKeyword, maxTotalBytesKeyword } from '../../src/wire/max-bytes.js'
import { decode } from '../../src/wire/msgpack.js'

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
  const document = parse(readFileSync(new URL('../../asyncapi.yaml', import.meta.url), 'utf8')) as {
    channels: Record<string, { address: string; messages: Record<string, Documented> }>
    components: object
  }
  const { address, messages } = document.channels[channel]!
  const ajv = new Ajv2020({ strict: false })
  for (const keyword of [maxBytesKeyword, maxTotalBytesKeyword]) ajv.addKeyword(keyword)
  // Receivers leave behind what is not documented; nothing of it is said.
  ajv.addSchema({ $id: 'doc', components: closed(document.components) })
  const compile = (schema: object) =>
    ajv.compile(JSON.parse(JSON.stringify(closed(schema)).replaceAll('"#/', '"doc#/')))
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
