/** Three replicas as processes that know one another by certificates. */
import { connect, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import {
  certificatePath,
  certificateText,
  peerTlsOf,
  securedCluster,
} from '../support/certificates.js'
import { createDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import type { Owner } from '../support/owner.js'
import {
  planReplica,
  planReplicas,
  refusalOf,
  startReplica,
  untilReady,
} from './support/replica-process.js'

const ca = certificateText('ca.pem')
const own = peerTlsOf('replica-2')

function flagsOf(id: number): string[] {
  const owner = `replica-${id}` as 'replica-1'
  return [
    ...['--peer-tls-ca', certificatePath('ca.pem')],
    ...['--peer-tls-cert', certificatePath(`${owner}.pem`)],
    ...['--peer-tls-key', certificatePath(`${owner}.key`)],
  ]
}

/** Connects to a peer port and settles with the first bytes it says; '' when it says none. */
function firstWords(owner: Owner, socket: TLSSocket): Promise<string> {
  owner.onTestFinished(() => void socket.destroy())
  return new Promise((resolve) => {
    socket.on('error', () => {})
    socket.once('data', (bytes) => resolve(bytes.toString('latin1')))
    socket.once('close', () => resolve(''))
  })
}

test('replicas with certificates are a cluster, and their port answers nobody without one', async (t) => {
  const urls = await Promise.all([1, 2, 3].map(async () => (await createDatabase()).url))
  const plans = (await planReplicas(urls)).map((plan) => ({ ...plan, cluster: securedCluster }))
  const replicas = plans.map((plan) => startReplica(t, plan, flagsOf(plan.id)))
  for (const replica of replicas) await untilReady(replica)
  for (const [at, replica] of replicas.entries()) {
    // On a busy machine another one may come to lead at this moment.
    await eventually(`a change at replica ${at + 1}`, async () => {
      return (await replica.cordon(`10.0.0.${at + 1}:1`)).status === 200
    })
  }
  const { peerAccess } = await replicas[0]!.logged(/"msg":"listening"/)
  expect(peerAccess).toBe('replicas with a certificate')

  const to = { host: '127.0.0.1', port: plans[0]!.peerPort, ca }
  expect(await firstWords(t, connect(to))).toBe('')
  const known = connect({ ...to, ...own })
  known.once('secureConnect', () => known.write('GET / HTTP/1.1\r\n\r\n'))
  expect(await firstWords(t, known)).toMatch(/^HTTP\/1\.1 400 /)
  expect(known.getProtocol()).toBe('TLSv1.3')
})

test('a key that does not fit is refused before the database is touched', async (t) => {
  const planned = await planReplica('postgres://berth@127.0.0.1:1/nowhere')
  const plan = { ...planned, cluster: securedCluster }
  const flags = flagsOf(plan.id)
  const other = ['--peer-tls-key', certificatePath('stranger.key')]
  expect(await refusalOf(startReplica(t, plan, [...flags, ...other]))).toMatch(
    /^berth replica: --peer-tls-key .*stranger\.key is not the key of the certificate in /,
  )
})
