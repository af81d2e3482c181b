/** `berth replica` as it is called, and what a person sees of it. */
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { createDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import { natsUrl } from '../support/nats.js'
import { startOwnNats } from '../support/own-nats.js'
import { freePort } from '../support/ports.js'
import { berth } from '../support/program.js'
import { planReplica, refusalOf, startReplica } from './support/replica-process.js'

test('help is on stdout, with exit code 0', async (t) => {
  const help = berth(t, ['replica', '--help'])
  expect(await help.exited).toEqual({ code: 0, signal: null })
  expect(help.lines[0]).toBe('Usage: berth replica [options]')
  const text = help.lines.join(' ').replaceAll(/\s+/g, ' ')
  expect(text).toContain('--tick-ms <n> length of a Raft tick, in ms (5 to 50; default: 50)')
})

test('settings that do not go together are refused in one line, before anything is opened', async (t) => {
  const plan = await planReplica('postgres://berth@127.0.0.1:1/nowhere')
  const refused = startReplica(t, plan, ['--listen', '0.0.0.0:7400', '--advertise', 'a:7400'])
  expect(await refusalOf(refused)).toMatch(
    /^berth replica: Without credentials .* --listen \(0\.0\.0\.0\) can be reached from elsewhere/,
  )
})

test('it stops well beside a NATS server that accepts and never answers', async (t) => {
  let connections = 0
  const silent = createServer((socket) => {
    connections += 1
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  t.onTestFinished(() => void silent.close())
  const { port } = silent.address() as AddressInfo
  const { url } = await createDatabase()
  const flags = ['--nats-url', `nats://127.0.0.1:${port}`]
  const { process } = startReplica(t, await planReplica(url), flags)
  // The client gives up a connection that says nothing, and makes another.
  await eventually('a second try', () => connections > 1, 60_000)
  process.signal('SIGTERM')
  expect(await process.exited).toEqual({ code: 0, signal: null })
})

test('the hosts of another replica can come all at once, also while this one is busy', async (t) => {
  const { url } = await createDatabase()
  const replica = startReplica(t, await planReplica(url))
  await replica.logged(/listening/)
  const somaxconn = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'))
  const herd = Math.min(1_500, somaxconn)
  replica.process.signal('SIGSTOP')
  let connected = 0
  const sockets = Array.from({ length: herd }, () => {
    const socket = connect(replica.plan.port, '127.0.0.1', () => {
      connected += 1
    })
    return socket.on('error', () => {})
  })
  const end = () => {
    for (const socket of sockets) socket.destroy()
  }
  t.onTestFinished(end)
  await eventually('all connections', () => connected === herd)
  end()
  replica.process.signal('SIGCONT')
  expect((await replica.get('/livez')).status).toBe(200)
})

test('a stop says whom it waits for, and does not wait for ever', async (t) => {
  const nats = await startOwnNats(t)
  const { url } = await createDatabase()
  const replica = startReplica(t, await planReplica(url), ['--nats-url', nats.url])
  await replica.logged(/Connected to NATS/)
  nats.freeze()
  replica.process.signal('SIGTERM')
  const line = await replica.logged(/"waitingFor":"NATS, to take what was published"/)
  expect(line).toMatchObject({ level: 40, msg: 'Still waiting.' })
  expect(await replica.process.exited).toEqual({ code: 0, signal: null })
})

test('on a terminal the log is for people: who is waited for, since when and why', async (t) => {
  const port = await freePort()
  const plan = await planReplica(`postgres://berth@127.0.0.1:${port}/away`)
  const replica = startReplica(t, plan, ['--log-format', 'pretty', '--nats-url', natsUrl()])
  const { process } = replica
  await process.line(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: Still waiting\.$/, 120_000)
  await process.line(`waitingFor: "Postgres 127.0.0.1:${port}/away, to connect"`)
  await process.line(/^ {4}reason: "connect ECONNREFUSED/)
  process.signal('SIGTERM')
  expect(await process.exited).toEqual({ code: 0, signal: null })
  expect(process.lines.join('\n')).toContain('INFO: Stopped before the start was over.')
})
