import { describe, expect, test } from 'vitest'
import { peerList, postgresUrl, schemaName } from '../../src/replica/settings/replica-kinds.js'
import {
  flag,
  formatAddress,
  listenAddress,
  listOf,
  natsUrl,
  oneOf,
  optional,
  publicNatsUrl,
  reachableAddress,
  type SettingKind,
  socketAddress,
  text,
  wholeNumber,
  word,
} from '../../src/settings/setting-kinds.js'

/** Each kind with texts that it takes, and what they become, and texts that it refuses. */
const kinds: readonly [
  name: string,
  kind: SettingKind<unknown>,
  taken: readonly [string, unknown][],
  refused: readonly string[],
][] = [
  [
    'a whole number from 5 to 50',
    wholeNumber(5, 50),
    [
      ['5', 5],
      ['50', 50],
    ],
    [
      ...['4', '51', '', '5.0', '-5', '+5', '5e1', '0x10', ' 7', '7 ', '07', '007', '-0', '7_0'],
      ...['9999999999999999', '9'.repeat(400), 'NaN', 'Infinity', '٧', '７'],
    ],
  ],
  [
    'true or false',
    flag,
    [
      ['true', true],
      ['false', false],
    ],
    ['', '1', 'yes', 'TRUE'],
  ],
  [
    'a word',
    word,
    [
      ['a', 'a'],
      ['eu-1', 'eu-1'],
      ['x'.repeat(63), 'x'.repeat(63)],
    ],
    ['', '-a', 'a-', 'A', 'a.b', 'a b', 'a*', 'a>', 'x'.repeat(64), 'é'],
  ],
  [
    'a schema',
    schemaName,
    [
      ['berth', 'berth'],
      ['_r1', '_r1'],
    ],
    ['', '1r', 'R', 'a-b', 'a"b', 'a;b', 'x'.repeat(64)],
  ],
  [
    'host:port',
    socketAddress,
    [
      ['127.0.0.1:7400', { host: '127.0.0.1', port: 7400 }],
      ['replica-1.example:1', { host: 'replica-1.example', port: 1 }],
      ['[::1]:65535', { host: '::1', port: 65_535 }],
    ],
    ['', ':7400', 'a', 'a:', 'a:0', 'a:65536', '::1:7400', 'a:1:2', 'a b:1', 'http://a:1', 'a:1/'],
  ],
  [
    'host:port, where a replica listens',
    listenAddress,
    [
      ['0.0.0.0:7400', { host: '0.0.0.0', port: 7400 }],
      ['[::]:7400', { host: '::', port: 7400 }],
      ['berth_1:7400', { host: 'berth_1', port: 7400 }],
    ],
    ['[::0]:7400', 'LOCALHOST:7400', '0:7400', 'a.:1', 'a'],
  ],
  [
    'host:port, where others reach something',
    reachableAddress,
    [
      ['[fd00::7]:7400', { host: 'fd00::7', port: 7400 }],
      ['berth_1:7400', { host: 'berth_1', port: 7400 }],
    ],
    ['0.0.0.0:7400', '[::]:7400', '[FD00::7]:7400', '[::ffff:1.2.3.4]:1', 'Berth-1:7400', 'a.:1'],
  ],
  [
    'a list of replicas',
    peerList,
    [
      ['1=a:1', [{ id: 1, address: { host: 'a', port: 1 } }]],
      [
        '3=[::1]:9,1=a:1',
        [
          { id: 3, address: { host: '::1', port: 9 } },
          { id: 1, address: { host: 'a', port: 1 } },
        ],
      ],
    ],
    [
      '',
      '1',
      '1=',
      '=a:1',
      '0=a:1',
      '1=a',
      '1=a:1,',
      '1=a:1,1=b:2',
      '1=a:1,2=a:1',
      '1=a:1=b:2',
      'x=a:1',
      '1=0.0.0.0:1',
      '1=[fd00::7]:1,2=[FD00::7]:2',
    ],
  ],
  [
    'a Postgres URL',
    postgresUrl,
    [
      ['postgres://h/d', 'postgres://h/d'],
      ['postgresql://u:p@[::1]:5432/d?sslmode=require', expect.stringContaining('sslmode')],
    ],
    [
      ...['', 'h/d', 'postgres://h', 'postgres://h/', 'mysql://h/d', 'postgres:'],
      ...['postgres://u:p w@h/d', 'postgres://u:p%zz@h/d', 'postgres://h/d?password=a b'],
    ],
  ],
  [
    'a NATS URL',
    natsUrl,
    [
      ['nats://h:4222', 'nats://h:4222'],
      ['tls://h', 'tls://h'],
      ['nats://u:p%2F@h/', 'nats://u:p%2F@h/'],
      ['nats://token@h', 'nats://token@h'],
      ["nats://u:s'p@h", "nats://u:s'p@h"],
    ],
    [
      ...['', 'h:4222', 'http://h', 'nats:', 'nats://', 'nats://:p@h'],
      ...['nats://h/?token=x', 'nats://h/x', 'nats://h#x', 'nats://u:p w@h', 'nats://u:p"w@h'],
      ...['nats://u:p<w@h', 'nats://u:p>w@h', 'nats://u:p@w@h', 'nats://u:100%@h', ' nats://u:p@h'],
    ],
  ],
  [
    'a NATS URL that others see',
    publicNatsUrl,
    [['nats://h:4222', 'nats://h:4222']],
    [
      ...['nats://u:p@h', 'nats://token@h', 'http://h', "nats://u:s'p@h", 'nats://u:p w@h'],
      ...['nats://u:p"w@h', 'nats://u:p<w@h', 'nats://u:p>w@h'],
      ...['nats://0.0.0.0:4222', 'nats://0:4222', 'tls://[::]:4222', 'tls://[::ffff:0.0.0.0]'],
    ],
  ],
  ['one of some words', oneOf(['a', 'b']), [['b', 'b']], ['', 'c', 'A']],
  ['a text', text, [[' ', ' ']], ['']],
  [
    'something that may be left out',
    optional(wholeNumber(1, 9)),
    [
      ['', null],
      ['3', 3],
    ],
    ['x'],
  ],
  [
    'a list',
    listOf(wholeNumber(1, 9)),
    [
      ['', []],
      ['1', [1]],
      ['1,2,', [1, 2]],
    ],
    ['1,x', '0'],
  ],
]

describe.for(kinds)('%s', ([, kind, taken, refused]) => {
  test.for(taken)('may be written "%s"', ([written, value]) => {
    expect(kind.parse(written)).toEqual(value)
  })

  test.for(refused)('may not be written "%s"', (written) => {
    expect(kind.parse(written)).toBeUndefined()
  })
})

test('an address is shown as it is written', () => {
  for (const written of ['a:1', '127.0.0.1:7400', '[::1]:9']) {
    expect(formatAddress(socketAddress.parse(written)!)).toBe(written)
  }
})

test('what is wrong with an address is said in words, of a list with whose it is', () => {
  expect(reachableAddress.whyNot?.('[FD00::7]:1')).toBe('write [fd00::7]:1')
  expect(optional(reachableAddress).whyNot?.('a_b.:1')).toMatch(/dot at the end/)
  expect(peerList.whyNot?.('1=a:1,2=0.0.0.0:1')).toMatch(/^of 2, that stands for all addresses/)
  expect(peerList.whyNot?.('1=a:1,1=b:1')).toBeNull()
  expect(listOf(publicNatsUrl).whyNot?.('nats://a,nats://0.0.0.0')).toMatch(/all addresses/)
  expect(listOf(publicNatsUrl).whyNot?.('nats://a,x')).toBeNull()
})
