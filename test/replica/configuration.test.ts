import { describe, expect, test } from 'vitest'
import { configurationOf } from './support/settings.js'

const refusal = (detail: RegExp) =>
  expect.objectContaining({ code: 'invalid_config', message: expect.stringMatching(detail) })

test('the defaults go together', () => {
  expect(configurationOf([])).toMatchObject({
    initialVoters: [1, 2, 3],
    apiUrl: 'http://127.0.0.1:7400',
    peerAddress: '127.0.0.1:7410',
    sidecarNatsUrls: ['nats://127.0.0.1:4222'],
    timing: { electionTimeoutMs: 1_000, raftHeartbeatMs: 100, relayMs: 20 },
  })
})

describe('a replica is reached', () => {
  const open = ['--insecure', '--listen', '0.0.0.0:7400', '--peer-listen', '[::]:7410']

  test('where it says, else where the others were told, else where it listens', () => {
    const advertised = ['--advertise', 'api.example:80', '--peer-advertise', 'peer.example:81']
    expect(configurationOf([...open, ...advertised])).toMatchObject({
      apiUrl: 'http://api.example:80',
      peerAddress: 'peer.example:81',
    })
    const peers = ['--peers', '1=replica-1.example:7410']
    expect(configurationOf([...open, '--advertise', 'api.example:80', ...peers])).toMatchObject({
      peerAddress: 'replica-1.example:7410',
    })
    const joining = ['--id', '4', '--join', '--peer-listen', '127.0.0.2:7413']
    expect(configurationOf(joining)).toMatchObject({ peerAddress: '127.0.0.2:7413' })
  })

  test('nowhere when it listens on all addresses and says no other', () => {
    expect(() => configurationOf(open)).toThrow(refusal(/say with --advertise which/))
    const joining = [...open, '--advertise', 'a:1', '--id', '4', '--join']
    expect(() => configurationOf(joining)).toThrow(refusal(/say with --peer-advertise which/))
  })

  test('by IPv6 in brackets', () => {
    expect(configurationOf(['--listen', '[::1]:7400']).apiUrl).toBe('http://[::1]:7400')
  })
})

test('sidecars are told other NATS servers than the replica uses, if there are others', () => {
  const flags = ['--nats-advertise', 'nats://nats.example:4222,tls://b.example']
  expect(configurationOf(flags).sidecarNatsUrls).toEqual([
    'nats://nats.example:4222',
    'tls://b.example',
  ])
})

test('a replica may find NATS at any address if sidecars are told another', () => {
  const flags = ['--nats-url', 'nats://0.0.0.0:4222', '--nats-advertise', 'nats://a:4222']
  expect(configurationOf(flags).sidecarNatsUrls).toEqual(['nats://a:4222'])
})

test('sidecars are not told the login of the replica', () => {
  const flags = ['--nats-url', 'nats://user:s3cret@a:4222,nats://s3cret@b,tls://u:s3cret@[::1]:1']
  const { natsUrl, sidecarNatsUrls } = configurationOf(flags)
  expect(natsUrl[0]).toContain('s3cret')
  expect(sidecarNatsUrls).toEqual(['nats://a:4222', 'nats://b', 'tls://[::1]:1'])
})

test.for(["user:s'3cret", 'user:s 3cret', 'user:s"3cret', 'user:s<3cret', 's>3cret'])(
  'sidecars are told no server with a login, however it is written: %s',
  (login) => {
    const url = `nats://${login}@nats.example:4222`
    expect(() => configurationOf(['--nats-advertise', url])).toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        message: expect.stringMatching(/^--nats-advertise: what was given is not .* without user/),
      }),
    )
  },
)

test('a replica that joins begins no cluster', () => {
  expect(configurationOf(['--id', '4', '--join']).initialVoters).toBeNull()
})

test('settings for a cluster that begins are taken over the defaults', () => {
  const { genesisSettings } = configurationOf(['--initial-settings', '{"factor":7}'])
  expect(genesisSettings).toMatchObject({ factor: 7, heartbeatMs: 1_000 })
})

/** Flags that do not go together, and what the refusal says. */
const refused: readonly [what: string, flags: readonly string[], detail: RegExp][] = [
  [
    'an id that --peers does not list',
    ['--id', '4'],
    /does not list this replica \(--id 4\).*--join/,
  ],
  [
    'a new replica that --peers lists',
    ['--join'],
    /--join is for a new replica, but --peers lists 1/,
  ],
  [
    'an open port for hosts without --insecure',
    ['--listen', '10.0.0.1:7400'],
    /only, but --listen \(10\.0\.0\.1\) can be reached.*--insecure/,
  ],
  [
    'an open port for peers without --insecure',
    ['--peer-listen', '0.0.0.0:7410'],
    /only, but --peer-listen \(0\.0\.0\.0\) can be reached.*--insecure/,
  ],
  [
    'all addresses as one where hosts reach it',
    ['--advertise', '0.0.0.0:7400'],
    /^--advertise: "0\.0\.0\.0:7400" is not host:port .*: that stands for all/,
  ],
  [
    'all addresses as one where the others reach it',
    ['--peer-advertise', '[::]:7410'],
    /^--peer-advertise: "\[::\]:7410" is not host:port .*: that stands for all/,
  ],
  [
    'all addresses in the list of replicas',
    ['--peers', '1=127.0.0.1:7410,2=0.0.0.0:7410'],
    /^--peers: .* is not a list .*: of 2, that stands for all addresses/,
  ],
  [
    'all addresses as one where sidecars find NATS',
    ['--nats-advertise', 'nats://[::]:4222'],
    /^--nats-advertise: what was given is not .*: that stands for all addresses/,
  ],
  [
    'all addresses as one where the replica finds NATS, and sidecars as well',
    ['--nats-url', 'nats://0.0.0.0:4222'],
    /^--nats-url names all addresses of a machine.*--nats-advertise/,
  ],
  [
    'another spelling of an address',
    ['--advertise', '[FD00::7]:7400'],
    /^--advertise: "\[FD00::7\]:7400" is not host:port .*: write \[fd00::7\]:7400\.$/,
  ],
  ['one address for both ports', ['--peer-listen', '127.0.0.1:7400'], /are the same address/],
  ['an election sooner than three heartbeats', ['--heartbeat-ticks', '7'], /at least three times/],
  ['initial settings that are no JSON', ['--initial-settings', '{'], /is not JSON/],
  ['initial settings that are no object', ['--initial-settings', '[1]'], /must be a JSON object/],
  [
    'initial settings that do not exist',
    ['--initial-settings', '{"x":1}'],
    /no "x"; there are: factor/,
  ],
  [
    'initial settings that are no number',
    ['--initial-settings', '{"factor":"7"}'],
    /"factor" must be a whole number/,
  ],
  [
    'initial settings out of range',
    ['--initial-settings', '{"factor":0}'],
    /factor is 0; it must be/,
  ],
  [
    'a fence margin shorter than drift, clocks and onFenced need',
    ['--initial-settings', '{"fenceMarginMs":1025}'],
    /fenceMarginMs is 1025, at least drift .* = 1026\.\d+ ms is needed: 1\.\d+ ms too little/,
  ],
  [
    'a host timeout shorter than lease and margin',
    ['--initial-settings', '{"hostTimeoutMs":7499}'],
    /hostTimeoutMs is 7499, at least fenceAfterMs 6000 \+ fenceMarginMs 1500 = 7500/,
  ],
  [
    'a lease that the loss of a leader outlasts, because hosts seldom say heartbeats',
    ['--initial-settings', '{"heartbeatMs":1181}'],
    /fenceAfterMs is 6000, at least heartbeatMs 1181 \+ .* = 6001/,
  ],
  [
    'a lease that the loss of a leader outlasts, because elections take long',
    ['--election-ticks', '22'],
    /fenceAfterMs is 6000, .* 4 election timeouts 4400 .* = 6220/,
  ],
  [
    'a lease that the loss of a leader outlasts, because Raft heartbeats are rare',
    ['--heartbeat-ticks', '6', '--initial-settings', '{"heartbeatMs":1200}'],
    /fenceAfterMs is 6000, .* 2 Raft heartbeats 600 .* = 6420/,
  ],
]

test.for(refused)('%s is refused', ([, flags, detail]) => {
  expect(() => configurationOf(flags)).toThrow(refusal(detail))
})

test('what is just enough is taken', () => {
  const enough = ['{"fenceMarginMs":1027}', '{"hostTimeoutMs":7500}', '{"heartbeatMs":1180}']
  for (const settings of enough) configurationOf(['--initial-settings', settings])
  configurationOf(['--heartbeat-ticks', '6', '--initial-settings', '{"heartbeatMs":780}'])
})

test('both open ports are named at once, and go with --insecure', () => {
  const open = ['--listen', '10.0.0.1:7400', '--peer-listen', '10.0.0.1:7410']
  expect(() => configurationOf(open)).toThrow(refusal(/--listen \(.*, --peer-listen \(/))
  configurationOf([...open, '--insecure'])
})
