import { describe, expect, test } from 'vitest'
import type { Command, LoggedCommand } from '../../src/fsm/command.js'
import { decodeCommand, encodeCommand } from '../../src/fsm/command-codec.js'
import { defaultSettings } from '../../src/fsm/settings.js'
import { encode } from '../../src/wire/msgpack.js'
import { forSeeds } from '../table/seeds.js'
import { hostOf, lineage, Replica } from './replica.js'

const atMs = 1_700_000_000_123
const removed = { namespace: 'default', name: 'a:1', epoch: 2 ** 33 }

const commands: Command[] = [
  {
    kind: 'genesis',
    atMs,
    clusterId: 'c',
    cluster: 'n',
    lineage,
    level: 1,
    settings: defaultSettings,
  },
  { kind: 'lead', atMs, term: 2 ** 40, replica: 3, key: 'base64==' },
  { kind: 'upsert', atMs, term: 1, hosts: [hostOf({ name: 'a:1', types: ['Ä', '😀'] })] },
  { kind: 'upsert', atMs, term: 1, hosts: [] },
  {
    kind: 'remove',
    atMs,
    term: 1,
    hosts: [
      { ...removed, reason: 'left' },
      { ...removed, reason: 'evicted', refuseMs: 60_000 },
    ],
  },
  { kind: 'disseminated', atMs, term: 1, namespace: 'default', generation: 7 },
  { kind: 'cordon', atMs, namespace: 'default', name: 'a:1', cordoned: true },
  { kind: 'settings', atMs, settings: { factor: 5, driftPpm: 0 } },
  { kind: 'lift', atMs, namespace: 'default', name: 'a:1' },
  { kind: 'clock', atMs, elapsedMs: 5 },
  { kind: 'level', atMs, level: 2, tableLevel: 1 },
]

describe('a command', () => {
  test.each(commands)('of kind $kind comes back as it went', (command) => {
    expect(decodeCommand(encodeCommand({ command }, 1))).toEqual({ command })
    const logged = { command, key: 'retry-1' }
    expect(decodeCommand(encodeCommand(logged, 1))).toEqual(logged)
  })

  test('begins with a type byte that never changes', () => {
    const bytes = commands.map((command) => [command.kind, encodeCommand({ command }, 1)[0]])
    expect(Object.fromEntries(bytes)).toEqual({
      genesis: 17,
      lead: 2,
      upsert: 16,
      remove: 4,
      disseminated: 5,
      cordon: 6,
      settings: 18,
      lift: 13,
      clock: 14,
      level: 15,
    })
  })

  test('is laid out as a map that any MessagePack reader understands', () => {
    const command = {
      kind: 'disseminated',
      atMs: 5,
      term: 1,
      namespace: 'n',
      generation: 7,
    } as const
    const body = { command: { atMs: 5, term: 1, namespace: 'n', generation: 7 }, key: 'k' }
    expect([...encodeCommand({ command, key: 'k' }, 1)]).toEqual([5, ...encode(body)])
  })
})

describe('what encodes is what decodes:', () => {
  const upsert = (host: Parameters<typeof hostOf>[0]): LoggedCommand => {
    return { command: { kind: 'upsert', atMs, term: 1, hosts: [hostOf(host)] } }
  }
  const bad: [string, LoggedCommand][] = [
    ['an empty key', { command: commands[6]!, key: '' }],
    ['a key above 128 bytes', { command: commands[6]!, key: 'é'.repeat(65) }],
    ['a negative term', { command: { ...commands[1]!, term: -1 } as Command }],
    ['a time that is no whole number', { command: { ...commands[6]!, atMs: 0.5 } }],
    ['a field too many', { command: { ...commands[6]!, extra: 1 } as never }],
    ['half a surrogate in a key', { command: commands[6]!, key: 'k\ud800' }],
    ['half a surrogate in a type', upsert({ name: 'a:1', types: ['\udc00'] })],
    ['half a surrogate in an app id', upsert({ name: 'a:1', appId: 'x\ud800x' })],
    ['a time without end', { command: { ...commands[6]!, atMs: Number.POSITIVE_INFINITY } }],
    ['a field too few', { command: { kind: 'cordon', atMs } as never }],
  ]

  test.each(bad)('%s is refused before it gets into the log', (_, logged) => {
    expect(() => encodeCommand(logged, 1)).toThrow(
      expect.objectContaining({ code: 'invalid_message' }),
    )
  })
})

test('a command that came with a later level is not written before', () => {
  expect(() => encodeCommand({ command: commands[1]! }, 0)).toThrow(
    expect.objectContaining({
      code: 'level_too_low',
      message: expect.stringContaining('"lead" needs feature level 1, the cluster is at 0'),
    }),
  )
})

describe('bytes that this version did not make', () => {
  const body = (of: unknown, byte = 6) => Uint8Array.from([byte, ...encode(of)])
  const cordon = { atMs, namespace: 'default', name: 'a:1', cordoned: true }
  const newer = expect.objectContaining({ code: 'newer_version' })
  const corrupt = expect.objectContaining({ code: 'storage_damaged' })

  test('with an unknown type byte or field were made by a newer version', () => {
    for (const byte of [0, 99, 200, 255]) {
      expect(() => decodeCommand(body({ command: cordon }, byte))).toThrow(newer)
    }
    expect(() => decodeCommand(body({ command: { ...cordon, until: 5 } }))).toThrow(newer)
    expect(() => decodeCommand(body({ command: cordon, trace: 'x' }))).toThrow(newer)
  })

  test.each([
    ['no bytes at all', new Uint8Array(0)],
    ['no body', Uint8Array.of(6)],
    ['a body cut short', encodeCommand({ command: commands[2]! }, 1).subarray(0, 40)],
    ['something behind the body', Uint8Array.from([...body({ command: cordon }), 1])],
    ['a body that is no map', body([cordon])],
    ['no command', body({})],
    ['a field that is missing', body({ command: { ...cordon, name: undefined } })],
    ['a field of another type', body({ command: { ...cordon, cordoned: 1 } })],
    ['a list with a wrong element', body({ command: { atMs, term: 1, hosts: [5] } }, 16)],
    [
      'an unknown reason',
      body({ command: { atMs, term: 1, hosts: [{ ...removed, reason: '?' }] } }, 4),
    ],
    ['a setting that is no number', body({ command: { atMs, settings: { factor: 'x' } } }, 18)],
  ])('with %s are corrupt', (_, bytes) => {
    expect(() => decodeCommand(bytes)).toThrow(corrupt)
  })

  test('of any noise give a typed error and never anything else', () => {
    forSeeds(400, (random) => {
      const good = encodeCommand({ command: random.pick(commands), key: 'k' }, 1)
      const bytes = Uint8Array.from(good)
      for (let i = 1 + random.below(4); i > 0; i -= 1) {
        bytes[random.below(bytes.length)] = random.below(256)
      }
      try {
        decodeCommand(bytes.subarray(0, random.pick([bytes.length, random.below(bytes.length)])))
      } catch (error) {
        expect(['newer_version', 'storage_damaged']).toContain((error as { code?: string }).code)
      }
    })
  })

  test('stop the replica: the entry is neither applied nor skipped', async () => {
    const replica = await Replica.begun()
    replica.upsert({ name: 'a:1' })
    const { digest, appliedIndex } = replica.state
    const cases = [
      [Uint8Array.of(99), 'newer_version'],
      [Uint8Array.of(3, 0x80), 'older_version'],
      [Uint8Array.of(16, 0xc1), 'storage_damaged'],
    ] as const
    for (const [data, code] of cases) {
      expect(() => replica.apply({ kind: 'command', data })).toThrow(
        expect.objectContaining({ code }),
      )
      expect([replica.state.digest, replica.state.appliedIndex]).toEqual([digest, appliedIndex])
    }
  })
})
