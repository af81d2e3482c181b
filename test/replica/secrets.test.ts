/**
 * A replica is given a secret in each of its settings that can hold one, and everything that it
 * says is searched for them: logs, REST, metrics, what hosts and observers are told, what its
 * sidecars say, and the list of processes.
 */
import { expect, test } from 'vitest'
import { commandOf } from '../../src/process/process-table.js'
import { connect } from '../../src/sidecar/index.js'
import { certificatePath, certificateText, securedCluster } from '../support/certificates.js'
import { createDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import { startOwnNats } from '../support/own-nats.js'
import { freePort } from '../support/ports.js'
import { berth } from '../support/program.js'
import { RawHost } from '../support/raw-host.js'
import {
  flagsOf,
  planReplica,
  quickFlags,
  startReplica,
  untilReady,
} from './support/replica-process.js'

const user = 'us@er-UserMark'
const password = 'p/a:s%s,PassMark'
const token = 'TokenMark'
const keyFile = certificatePath('replica-1.key')
/** A line of the key that is none of the frame around it. */
const keyMark = certificateText('replica-1.key').split('\n')[1]!

const marks = ['UserMark', 'PassMark', token, keyMark]

function expectNone(what: string, text: string, more: readonly string[] = []): void {
  for (const mark of [...marks, ...more]) {
    if (text.includes(mark)) throw new Error(`${what} has ${mark}: ${text.slice(0, 500)}`)
  }
}

/** What REST answers to whoever asks for all that there is. */
const paths = [
  ...['/livez?verbose', '/readyz?verbose', '/metrics', '/openapi.json', '/asyncapi.json'],
  ...['/v1/cluster', '/v1/events', '/v1/namespaces', '/v1/namespaces/default'],
  ...['/v1/namespaces/default/members', '/v1/namespaces/default/table'],
  ...['/v1/namespaces/default/rounds', '/v1/nothing', '/v1/cluster?consistency=never'],
]

test('no secret of its settings is in anything that a replica or a sidecar says', async (t) => {
  const nats = await startOwnNats(t, `authorization { user: "${user}", password: "${password}" }`)
  const awayPort = await freePort()
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
  const natsUrl = nats.url.replace('://', `://${login}@`)
  const database = await createDatabase()
  const databasePassword = new URL(database.url).password
  expect(databasePassword.length).toBeGreaterThan(8)
  const more = [databasePassword, encodeURIComponent(password)]
  const plan = { ...(await planReplica(database.url)), cluster: securedCluster }
  const replica = startReplica(t, plan, [
    ...['--nats-url', `${natsUrl},nats://${token}@127.0.0.1:${awayPort}`, '--log-level', 'trace'],
    ...[
      '--peer-tls-ca',
      certificatePath('ca.pem'),
      '--peer-tls-cert',
      certificatePath('replica-1.pem'),
    ],
    ...['--peer-tls-key', keyFile],
  ])
  await untilReady(replica)
  await replica.logged(/Connected to NATS/)

  for (const path of paths) {
    const answer = await fetch(`${replica.url}${path}`)
    expectNone(path, `${JSON.stringify([...answer.headers])} ${await answer.text()}`, more)
  }
  const webSocket = replica.url.replace('http', 'ws')
  const raw = await RawHost.join(t, webSocket, { name: '10.0.0.1:1', types: ['Order'] })
  const observer = await RawHost.join(t, webSocket)
  expect(raw.welcome.nats.servers).toEqual([nats.url, `nats://127.0.0.1:${awayPort}`])

  // A sidecar logs in by what it is given itself.
  const said: unknown[] = []
  const line = (fields: object, message: string) => void said.push([message, fields])
  const log = { info: line, warn: line, error: line }
  const host = { name: '10.0.0.2:1', appId: 'app', types: ['Order'] }
  const sidecar = await connect({
    replicas: [webSocket],
    host,
    nats: { user, pass: password },
    log,
  })
  t.onTestFinished(() => sidecar.close())
  await eventually('NATS', () => sidecar.state().nats === 'listening')
  const servers = [nats.url.replace('://', `://wrong:${token}@`)]
  const other = await connect({ replicas: [webSocket], nats: { servers }, log })
  t.onTestFinished(() => other.close())
  await eventually('the refusal', () => JSON.stringify(said).includes('waiting for NATS'))

  // Without NATS everybody complains.
  await nats.kill()
  await replica.logged(/NATS is away/)
  await eventually('its end', () => sidecar.state().nats === 'down')
  await nats.start()
  await eventually('its return', () => sidecar.state().nats === 'listening')

  const command = commandOf(replica.process.pid).join(' ')
  expect(command).toContain('berth replica')
  replica.process.signal('SIGTERM')
  await replica.process.exited
  expectNone('its command line', command, more)
  expectNone('its log', replica.process.lines.join('\n'), more)
  expectNone('what hosts heard', JSON.stringify([raw.messages, observer.messages]), more)
  expectNone('what sidecars say', JSON.stringify([said, sidecar.state(), other.state()]), more)
  expectNone('how they describe themselves', `${sidecar.describe()} ${other.describe()}`, more)
})

test.for([
  ['a wrong scheme', ['--nats-url', `http://${token}@h`]],
  ['a query', ['--nats-url', `nats://h/?token=${token}`]],
  ['a login for others', ['--nats-advertise', `nats://u:${token}@h`]],
  ['a misspelt flag', [`--nats-ulr=nats://u:${token}@h`]],
  ['a database without a name', ['--postgres-url', `postgres://u:${token}@h`]],
  ['a surplus word', [`postgres://u:${token}@h/d`]],
] as const)('a refusal does not show what was given: %s', async ([, flags], t) => {
  const plan = await planReplica('postgres://berth@127.0.0.1:1/nowhere')
  const refused = berth(t, ['replica', ...flagsOf(plan), ...quickFlags, ...flags])
  expect((await refused.exited).code).toBe(1)
  expect(refused.lines.length).toBe(1)
  expectNone('the refusal', refused.lines.join())
})

test('a database that is away, or lets nobody in, is told of without its password', async (t) => {
  const { url } = await createDatabase()
  const away = `postgres://u:${token}@127.0.0.1:${await freePort()}/d?password=PassMark`
  const waiting = startReplica(t, await planReplica(away))
  await waiting.logged(/Still waiting/)
  const shut = new URL(url)
  shut.password = token
  const refused = startReplica(t, await planReplica(shut.href))
  expect((await refused.process.exited).code).toBe(1)
  for (const { process } of [waiting, refused]) expectNone('its log', process.lines.join('\n'))
  expect(refused.process.lines.join()).toContain('password authentication failed')
  expectNone('its command line', commandOf(waiting.process.pid).join(' '))
})
