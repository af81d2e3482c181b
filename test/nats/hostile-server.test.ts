/**
 * A NATS server that is none, or one that means harm: it cannot make this process grow, and another
 * server is taken in its place.
 */
import { Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { NatsSession } from '../../src/nats/nats-session.js'
import { eventually } from '../support/eventually.js'
import { flood, type HostileNats, infoLine, startHostileNats } from '../support/hostile-nats.js'

const owner = { onTestFinished }
/** All that the buffers of the system and one read of ours may hold. */
const onTheWayBytesMax = 24 * 1024 * 1024
/** A server that is listened to for ever stops here. */
const floodBytesMax = 128 * 1024 * 1024

function session(...servers: HostileNats[]) {
  const told: string[] = []
  const one = new NatsSession(
    { servers: servers.map(({ url }) => url), client: {} },
    {
      opened: (connection) => told.push(`opened ${connection.getServer()}`),
      lost: (reason) => told.push(`lost: ${reason}`),
      failed: (detail) => told.push(`failed: ${detail}`),
    },
  )
  onTestFinished(() => one.close('at once'))
  one.start()
  return { session: one, told }
}

/** A session that is connected to the first of these, and the socket of that one. */
async function sessionAt(bad: HostileNats, good: HostileNats) {
  for (;;) {
    const both = session(bad, good)
    await eventually('one of the two', () => both.told.length > 0)
    const [socket] = bad.loggedIn
    if (both.told[0] === opened(bad) && socket !== undefined) return { ...both, socket }
    await both.session.close('at once')
  }
}

const opened = ({ port }: HostileNats) => `opened 127.0.0.1:${port}`

const filler = Buffer.alloc(256 * 1024, 'x')
const hostile: readonly (readonly [string, string, RegExp])[] = [
  ['a line without end', 'MSG ', /a line has over 65536 bytes/],
  ['an INFO without end', 'INFO {"version":"', /a line has over 65536 bytes/],
  ['an error without end', '-ERR ', /a line has over 65536 bytes/],
  ['a ping without end', 'PING ', /a line has over 65536 bytes/],
  ['a message of a gigabyte', 'MSG t 1 1073741824\r\n', /claims 1073741824 bytes/],
  ['what it makes up', 'NONSENSE\r\n', /says what no NATS server says/],
  ['a message and more of it', 'MSG t 1 1\r\nxyz', /longer than it claims/],
]

test.for(hostile)(
  'a server that says %s is left for another one, and says little of it',
  async ([, begin, why]) => {
    const [bad, good] = [await startHostileNats(owner, {}), await startHostileNats(owner, {})]
    const { told, socket } = await sessionAt(bad, good)
    socket.write(begin)
    const sent = flood(socket, filler, floodBytesMax)
    await eventually('the other one', () => told.length === 3)
    expect(told).toEqual([opened(bad), expect.stringMatching(why), opened(good)])
    expect(sent()).toBeLessThan(onTheWayBytesMax)
  },
)

test.for([
  ['an INFO without end', 'INFO {"version":"', /a line has over 65536 bytes/],
  ['no INFO', 'PING\r\n', /does not begin with INFO/],
  ['an INFO that is none', 'INFO {}\r\n', /its INFO is none/],
] as const)('a server that greets with %s is not taken', async ([, begin, why]) => {
  let sentMax = 0
  const bad = await startHostileNats(owner, {
    greets: (socket) => {
      socket.write(begin)
      const sent = flood(socket, filler, floodBytesMax)
      socket.on('close', () => {
        sentMax = Math.max(sentMax, sent())
      })
    },
  })
  const { told } = session(bad)
  await eventually('a second try', () => told.length > 1)
  for (const line of told) expect(line).toMatch(why)
  expect(sentMax).toBeLessThan(onTheWayBytesMax)
})

test.for([
  ['why it takes nobody', "-ERR 'maximum connections exceeded'\r\n"],
  ['what no server says', 'NONSENSE\r\n'],
  ['another INFO', infoLine({ server_id: 'T' })],
] as const)('a server that says %s in one breath with its INFO does no harm', async ([, more]) => {
  const greets = (socket: Socket) => socket.end(infoLine() + more)
  const bad = await startHostileNats(owner, { greets })
  const good = await startHostileNats(owner, {})
  const alone = session(bad)
  await eventually('a second try', () => alone.told.length > 1)
  for (const line of alone.told) expect(line).toMatch(/^failed: /)
  const { told } = session(bad, good)
  await eventually('the other one', () => told.includes(opened(good)))
})

test('a server that asks and does not read is left: answers are not piled up for it', async () => {
  const [bad, good] = [await startHostileNats(owner, {}), await startHostileNats(owner, {})]
  const { told, socket } = await sessionAt(bad, good)
  socket.pause()
  const destroyed = vi.spyOn(Socket.prototype, 'destroy')
  onTestFinished(() => destroyed.mockRestore())
  // Enough to fill what the system holds of answers, some megabytes, and no more than that.
  flood(socket, Buffer.from('PING\r\n'.repeat(10_000)), 8 * 1024 * 1024)
  await eventually('the other one', () => told.length === 3)
  // For all that it asked, not for each of ten thousand.
  expect(destroyed.mock.calls.length).toBeLessThan(10)
  expect(told).toEqual([opened(bad), 'lost: The NATS server does not read.', opened(good)])
})

test('of the servers that one tells of a few are tried, behind those that were given', async () => {
  const told = await startHostileNats(owner, {
    host: '0.0.0.0',
    greets: (socket) => socket.end(infoLine()),
  })
  const names = Array.from({ length: 2_000 }, (_, i) => `127.1.${i >> 8}.${i & 255}:${told.port}`)
  const talker = await startHostileNats(owner, {
    info: { connect_urls: [...names, 'x'.repeat(10_000), 5, null, 'a b', ''] },
    onLogin: (socket) => socket.destroy(),
  })
  session(talker)
  await eventually('some rounds', () => talker.loggedIn.size > 5)
  // Each greeting names all of them anew, so in each round they may be others.
  expect(told.addresses.size).toBeGreaterThan(32)
  expect(told.addresses.size).toBeLessThanOrEqual(32 * talker.loggedIn.size)
})
