import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readCommandLine } from '../../src/replica/settings/command-line.js'
import {
  type ReplicaSettings,
  type SettingName,
  settingsTable,
} from '../../src/replica/settings/settings-table.js'
import { flagOf, type Setting, variableOf } from '../../src/settings/settings-table.js'
import { scratchFolder } from '../support/scratch.js'
import { givenFlags } from './support/settings.js'

const names = Object.keys(settingsTable) as SettingName[]

/** For every setting a value that is not its default, as it is written and as it is read. */
const examples: { readonly [N in SettingName]: readonly [string, ReplicaSettings[N]] } = {
  id: ['3', 3],
  cluster: ['eu-1', 'eu-1'],
  peers: ['7=a:1', [{ id: 7, address: { host: 'a', port: 1 } }]],
  join: ['true', true],
  listen: ['127.0.0.2:1', { host: '127.0.0.2', port: 1 }],
  advertise: ['b:2', { host: 'b', port: 2 }],
  aliases: ['one,two', ['one', 'two']],
  peerListen: ['127.0.0.2:3', { host: '127.0.0.2', port: 3 }],
  peerAdvertise: ['c:4', { host: 'c', port: 4 }],
  peerTlsCa: ['/etc/berth/ca.pem', '/etc/berth/ca.pem'],
  peerTlsCert: ['r1.pem', 'r1.pem'],
  peerTlsKey: ['r1.key', 'r1.key'],
  postgresUrl: ['postgres://h/d', 'postgres://h/d'],
  postgresSchema: ['r1', 'r1'],
  allowUnsafeFsync: ['true', true],
  natsUrl: ['nats://a,nats://b', ['nats://a', 'nats://b']],
  natsAdvertise: ['nats://c', ['nats://c']],
  insecure: ['true', true],
  auth: ['required', 'required'],
  connectionsPerAddress: ['50', 50],
  tickMs: ['10', 10],
  electionTicks: ['30', 30],
  heartbeatTicks: ['3', 3],
  snapshotEntries: ['100', 100],
  snapshotIntervalMs: ['5000', 5_000],
  trailingEntries: ['0', 0],
  eventDays: ['1', 1],
  eventRows: ['2000', 2_000],
  initialSettings: ['{}', '{}'],
  logLevel: ['debug', 'debug'],
  logFormat: ['json', 'json'],
}

function read(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const settings = readCommandLine(args, environment, () => undefined)
  if (settings === null) throw new Error('help was asked for')
  return settings
}

function helpText(): string {
  let text = ''
  const settings = readCommandLine(['--help'], {}, (part) => {
    text += part
  })
  expect(settings).toBeNull()
  return text
}

const firstWord = (name: SettingName) => settingsTable[name].kind.form.split(' ')[0]
const isSwitch = (name: SettingName) => settingsTable[name].kind.placeholder === undefined

const anyTextWillDo: readonly SettingName[] = ['aliases', 'initialSettings']

describe.for(names)('%s', (name) => {
  const [written, value] = examples[name]

  test('is read from its flag', () => {
    const flags = isSwitch(name) ? [flagOf(name)] : [flagOf(name), written]
    expect(read([...givenFlags, ...flags])[name]).toEqual(value)
  })

  test('is read from its environment variable, and its flag wins', () => {
    const all = Object.fromEntries(names.map((each) => [variableOf(each), examples[each][0]]))
    expect(read([], all)[name]).toEqual(value)
    const flags = isSwitch(name) ? [flagOf(name)] : [flagOf(name), written]
    expect(read(flags, { ...all, [variableOf(name)]: 'no such value' })[name]).toEqual(value)
  })

  test('is in the help with flag, variable, default and what it means', () => {
    const help = helpText().replaceAll(/\s+/g, ' ')
    const { help: meaning, byDefault, kind }: Setting<unknown> = settingsTable[name]
    const from = help.indexOf(` ${flagOf(name)} `)
    const entry = help.slice(from, help.indexOf(` [${variableOf(name)}]`))
    expect(entry).toContain(meaning)
    if (!isSwitch(name) && byDefault) expect(entry).toContain(`default: ${byDefault})`)
    expect(entry).toContain(kind.range ?? '')
    expect(entry.length).toBeLessThan(250)
  })
})

test.for(names.filter((name) => !anyTextWillDo.includes(name)))(
  '%s names where it was given and its form when it is wrong',
  (name) => {
    const environment = { [variableOf(name)]: '\u0000' }
    const others = givenFlags.flatMap((flag, at) =>
      flag.startsWith('--') && flag !== flagOf(name) ? [flag, givenFlags[at + 1]!] : [],
    )
    expect(() => read(others, environment)).toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        message: expect.stringMatching(`^${variableOf(name)}: .* is not ${firstWord(name)} `),
      }),
    )
  },
)

test('what has no default is asked for by name', () => {
  expect(() => read([])).toThrow('--id (or BERTH_ID) is missing: a whole number from 1')
  const withoutUrl = givenFlags.slice(0, 4)
  expect(() => read(withoutUrl)).toThrow('--postgres-url (or BERTH_POSTGRES_URL) is missing')
})

test.for([
  [['--no-such-flag'], /unknown option '--no-such-flag'\. See: berth replica --help/],
  [['--id'], /option '--id <n>' argument missing\. See/],
  [['surplus'], /too many arguments/],
  [['--join=true'], /does not take an argument|unknown option/],
] as const)('%s is refused in one line', ([args, detail]) => {
  expect(() => read([...givenFlags, ...args])).toThrow(
    expect.objectContaining({ code: 'invalid_config', message: expect.stringMatching(detail) }),
  )
})

test.for(names)('%s that did not come as UTF-8 is refused and not shown', (name) => {
  const others = givenFlags.flatMap((flag, at) =>
    flag.startsWith('--') && flag !== flagOf(name) ? [flag, givenFlags[at + 1]!] : [],
  )
  for (const broken of ['s3cret\ufffd', '\ud800s3cret']) {
    expect(() => read(others, { [variableOf(name)]: broken })).toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        message: `${variableOf(name)}: what was given is no text in UTF-8.`,
      }),
    )
  }
})

test('a password is never shown, whatever is wrong with its URL', () => {
  const wrong = [
    ['--postgres-url', 'postgres://berth:s3cret@h'],
    ['--postgres-url', 'mysql://berth:s3cret@h/d'],
    ['--postgres-url', 'berth:s3cret@h/d'],
    ['--nats-url', 'nats://a,http://u:s3cret@h'],
    ['--nats-advertise', 'http://s3cret@h'],
    ['--nats-advertise', 'nats://u:s3cret@h'],
    ['--nats-url=nats://a,http://u:s3cret@h'],
    ['--nats-ulr=nats://u:s3cret@h'],
    ['--postgres-ulr', 'postgres://u:s3cret@h/d'],
    ['--password=s3cret'],
    ['postgres://u:s3cret@h/d'],
    ['--postgres-url', 'postgres://u:p s3cret@h/d'],
    ['--nats-url', `nats://a,nats://u:p"s3cret@h`],
    ['--nats-advertise', "nats://u:p's3cret@h"],
    ["--nats-ulr=nats://u:p's3cret@h"],
    ["--nats-ulr='s3cret'"],
  ]
  for (const flags of wrong) {
    expect(() => read([...givenFlags, ...flags])).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('s3cret') }),
    )
  }
})

test.for([
  ['--nats-url', 'BERTH_NATS_URL', 'nats://h,nats://u:p s3cret@h'],
  ['--postgres-url', 'BERTH_POSTGRES_URL', 'postgres://u:p<s3cret@h/d'],
] as const)('what is not encoded in %s is refused with what to do', ([flag, variable, url]) => {
  const given = givenFlags.indexOf(flag)
  const others = [...givenFlags.slice(0, given), ...givenFlags.slice(given + 2)]
  for (const [source, args, environment] of [
    [flag, [...givenFlags, flag, url], {}],
    [variable, others, { [variable]: url }],
  ] as const) {
    expect(() => read(args, environment)).toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        message: expect.stringMatching(
          `^${source}: what was given is not .* percent-encoded \\(a space is %20\\)`,
        ),
      }),
    )
  }
})

test('the help fits a terminal of 80 columns', () => {
  const long = helpText()
    .split('\n')
    .filter((line) => line.length > 80)
  expect(long).toEqual([])
})

test('a file gives what flags and variables do, each setting under its name', () => {
  const path = join(scratchFolder({ onTestFinished }), 'replica.json')
  const inFile = Object.fromEntries(names.map((name) => [name, examples[name][0]]))
  writeFileSync(path, JSON.stringify(inFile))
  const all = Object.fromEntries(names.map((name) => [name, examples[name][1]]))
  expect(read(['--config', path])).toEqual(all)
  expect(read([], { BERTH_CONFIG: path })).toEqual(all)
})
