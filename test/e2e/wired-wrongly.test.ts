import { beforeAll, expect, test } from 'vitest'
import { type ConnectOptions, connect, type Sidecar } from '../../src/sidecar/index.js'
import { Line } from '../chaos/network/line.js'
import { TcpProxy } from '../chaos/network/tcp-proxy.js'
import { eventually } from '../support/eventually.js'
import { startOwnNats } from '../support/own-nats.js'
import { fileOwner, type Owner } from '../support/owner.js'
import { freePort } from '../support/ports.js'
import { RealCluster } from '../support/real-cluster.js'

// Whatever a sidecar is wired to, its state names what is wrong, and so does a line of its log.

const owner = fileOwner()
const host = { name: '127.0.0.1:9050', appId: 'guest', types: ['Order'] }
/** To the address that the replica says: a sidecar goes on there, whatever it was given. */
const line = new Line('guests')
let connections = 0
let advertised = ''
let cluster: RealCluster

beforeAll(async () => {
  const port = await freePort()
  advertised = `127.0.0.1:${port}`
  const env = { BERTH_ADVERTISE: advertised }
  cluster = await RealCluster.start(owner, { replicas: 1, hosts: 0, env })
  const lineOf = (beginning: Buffer) => {
    if (beginning.length === 0) connections += 1
    return line
  }
  const proxy = await TcpProxy.start({ port, targetPort: cluster.ground.port, lineOf })
  owner.onTestFinished(() => proxy.close())
})

interface Logged {
  readonly fields: {
    readonly state?: Readonly<Record<string, unknown>>
    /** Of a session that ended. */
    readonly replica?: string
  }
  readonly message: string
}

/** A sidecar with its log; it ends with the test. */
async function wired(t: Owner, options: Partial<ConnectOptions> = {}, who: object = { host }) {
  const lines: Logged[] = []
  const note = (fields: object, message: string) => void lines.push({ fields, message })
  const log = { info: note, warn: note, error: note }
  const sidecar = await connect({ replicas: [cluster.webSocket(1)], ...who, log, ...options })
  t.onTestFinished(() => sidecar.close())
  return { sidecar, lines }
}

/** Waits until the state is so, and until a line of the log has said it. */
async function named(
  { sidecar, lines }: { sidecar: Sidecar; lines: readonly Logged[] },
  state: Readonly<Record<string, unknown>>,
): Promise<void> {
  const fits = (seen: Readonly<Record<string, unknown>> | undefined) =>
    Object.entries(state).every(([key, value]) => seen?.[key] === value)
  await eventually(JSON.stringify(state), () => {
    if (fits({ ...sidecar.state() })) return true
    throw new Error(JSON.stringify(sidecar.state()))
  })
  await eventually('a line that says so', () => lines.some(({ fields }) => fits(fields.state)))
}

test('a sidecar that wants another cluster says which one this is', async () => {
  const lines: string[] = []
  const note = (fields: object, message: string) => {
    lines.push(`${message} ${JSON.stringify(fields)}`)
  }
  const log = { info: note, warn: note, error: note }
  const replicas = [cluster.webSocket(1)]
  const refused = connect({ replicas, host, cluster: 'elsewhere', timeoutMs: 6_000, log })
  await expect(refused).rejects.toThrow(/This is cluster "local"/)
  expect(lines.join('\n')).toContain('This is cluster \\"local\\"')
})

test('an observer in a namespace where nobody is says that it is empty', async (t) => {
  const one = await wired(t, { namespace: 'nowhere' }, {})
  const { sidecar, lines } = one
  await named(one, { phase: 'serving', namespace: 'nowhere', generation: 0, members: 0 })
  const said = /nobody is in namespace "nowhere"/
  await eventually('a line with it', () => lines.some(({ message }) => said.test(message)))
  await expect(sidecar.where('Order', '1')).rejects.toMatchObject({ code: 'no_owner' })
})

/** NATS servers that are not those of the cluster, and what the state calls it. */
const natsElsewhere = [
  ['silent', async (t: Owner) => (await startOwnNats(t)).url],
  ['down', async () => `nats://127.0.0.1:${await freePort()}`],
] as const

test.for(natsElsewhere)(
  'without the NATS of its cluster it is served over its WebSocket, and says that NATS is %s',
  async ([nats, url], t) => {
    const one = await wired(t, { nats: { servers: [await url(t)] } })
    await named(one, { phase: 'serving', nats, isFenced: false })
    const { generation } = one.sidecar.state()
    const { sidecar: other } = await wired(t, {}, { host: { ...host, name: '127.0.0.1:9051' } })
    await eventually('its join', () => one.sidecar.state().generation! > generation!)
    await other.leave()
  },
)

test('behind a proxy that cuts its WebSocket again and again it stays who it is', async (t) => {
  const replica = `ws://${advertised}`
  const { sidecar, lines } = await wired(t, { replicas: [replica] })
  // Guests of former tests may still leave: the generation rises, and no line is written for that.
  const { epoch, generation } = sidecar.state()
  const serving = { phase: 'serving', replica, epoch, isFenced: false }
  await named({ sidecar, lines }, serving)
  for (let i = 0; i < 5; i += 1) {
    const before = connections
    lines.length = 0
    line.cut()
    const isCut = ({ fields: { state } }: Logged) =>
      state?.phase === 'connecting' && state.replica === null
    await eventually('a line of the cut', () => lines.some(isCut))
    const ended = lines.filter(({ message }) => message === 'the session with a replica ended')
    // The cuts that follow are of the same kind, and may be told together later.
    if (i === 0) expect(ended).toMatchObject([{ fields: { replica } }])
    await eventually('another connection', () => connections > before)
    await named({ sidecar, lines }, serving)
  }
  expect(sidecar.state().generation).toBeGreaterThanOrEqual(generation!)
})

test('with NATS but no replica in reach it says so, and stops owning with its lease', async (t) => {
  const one = await wired(t)
  await named(one, { nats: 'listening', isFenced: false })
  // Seen while its end is waited for, which may take as long as the lease.
  await Promise.all([cluster.kill('replica 1'), named(one, { replica: null, isFenced: false })])
  await named(one, { replica: null, isFenced: true })
  expect(one.sidecar.owns('Order', '1')).toBe(false)
})
