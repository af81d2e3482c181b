/** Hosts whose applications note what they ran, and calls for them with bodies of all kinds. */
import { Readable } from 'node:stream'
import { FunctionApplication } from '../../../../src/calls/http/function-application.js'
import { type CarryingHost, Owners, startHost } from './call-cluster.js'

export interface Ran {
  readonly host: string
  readonly id: string
  readonly body: string
  readonly token: number
}

export const path = '/v1/call/Cart/42/add'
export const bodies: [what: string, body: string, headers: Record<string, string>][] = [
  ['no body', '', {}],
  ['a held body', 'held', { 'content-length': '4' }],
  ['a long body', 'x'.repeat(100_000), { 'content-length': '100000' }],
  ['a body of unknown length', 'chunked', { 'transfer-encoding': 'chunked' }],
]

export interface NotingHosts {
  readonly owners: Owners
  readonly ran: Ran[]
  /** `first` and `second`. */
  readonly hosts: CarryingHost[]
}

export async function startNotingHosts(): Promise<NotingHosts> {
  const owners = new Owners()
  const ran: Ran[] = []
  const hosts = await Promise.all(
    ['first', 'second'].map((host) => {
      const application = new FunctionApplication(async ({ id, body, token }) => {
        const bytes = body instanceof Readable ? await textOf(body) : String(body ?? '')
        ran.push({ host, id, body: bytes, token })
        return { body: host }
      })
      return startHost({ application, owners, settings: { backOffMinMs: 1 } })
    }),
  )
  return { owners, ran, hosts }
}

export async function textOf(body: Readable): Promise<string> {
  let text = ''
  for await (const chunk of body) text += chunk
  return text
}
