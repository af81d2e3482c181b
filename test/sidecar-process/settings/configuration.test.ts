import { describe, expect, test } from 'vitest'
import { flagOf, variableOf } from '../../../src/settings/settings-table.js'
import { readCommandLine } from '../../../src/sidecar-process/settings/command-line.js'
import { checkConfiguration } from '../../../src/sidecar-process/settings/configuration.js'
import {
  type SettingName,
  settingsTable,
} from '../../../src/sidecar-process/settings/settings-table.js'

const replicas = ['--replicas', 'ws://127.0.0.1:7400']
const host = [...['--app', 'http://127.0.0.1:8080', '--name', '127.0.0.1:7999', '--app-id', 'shop']]
const tls = ['--call-tls-ca', 'ca.pem', '--call-tls-cert', 'c.pem', '--call-tls-key', 'c.key']

function check(args: readonly string[], environment: Record<string, string> = {}) {
  const settings = readCommandLine(args, environment, () => undefined)
  if (settings === null) throw new Error('help was asked for')
  return checkConfiguration(settings, (types) => (types.includes('') ? 'one is empty' : null))
}

test('a host has a name, an application and a call port at its name', () => {
  const { host: made, callTls, nats, listen } = check([...replicas, ...host])
  expect(made).toEqual({
    name: '127.0.0.1:7999',
    appId: 'shop',
    app: 'http://127.0.0.1:8080',
    callListen: { host: '127.0.0.1', port: 7_999 },
    choices: { types: null, turns: null, drainMs: null, idleMs: null },
  })
  expect([callTls, nats]).toEqual([null, {}])
  expect(listen).toEqual({ kind: 'tcp', host: '127.0.0.1', port: 3_600 })
})

test('a sidecar without a name is for callers and lookups alone', () => {
  expect(check(replicas).host).toBeNull()
  expect(check([...replicas, ...tls]).callTls).toEqual({
    ca: 'ca.pem',
    cert: 'c.pem',
    key: 'c.key',
  })
})

test('flags of the application are its choices, and win over what it says', () => {
  const more = ['--types', 'Cart,Order', '--turns', 'Cart', '--drain-ms', '0', '--idle-ms', '5000']
  expect(check([...replicas, ...host, ...more]).host?.choices).toEqual({
    ...{ types: ['Cart', 'Order'], turns: ['Cart'], drainMs: 0, idleMs: 5_000 },
  })
})

test('sockets of unix do for the application and for the local API', () => {
  const made = check([
    ...['--app', 'unix:/run/app.sock', '--name', '127.0.0.1:1', '--app-id', 'x'],
    ...[...replicas, '--listen', 'unix:/run/berth.sock'],
  ])
  expect(made.host?.app).toBe('unix:/run/app.sock')
  expect(made.listen).toEqual({ kind: 'unix', path: '/run/berth.sock' })
})

test('off loopback the call port needs certificates, or somebody who takes the risk', () => {
  const off = ['--app', 'http://127.0.0.1:1', '--name', '10.0.0.5:7999', '--app-id', 'shop']
  const listen = { host: '10.0.0.5', port: 7_999 }
  expect(check([...replicas, ...off, ...tls]).host?.callListen).toEqual(listen)
  expect(check([...replicas, ...off, '--insecure']).host?.callListen).toEqual(listen)
  const inside = ['--call-listen', '127.0.0.1:7999']
  expect(check([...replicas, ...off, ...inside]).host?.callListen.host).toBe('127.0.0.1')
})

test('how to log in to NATS', () => {
  const user = { BERTH_NATS_USER: 'u', BERTH_NATS_PASSWORD: 'p' }
  expect(check(replicas, user).nats).toEqual({ user: 'u', pass: 'p' })
  expect(check(replicas, { BERTH_NATS_TOKEN: 't' }).nats).toEqual({ token: 't' })
  expect(check([...replicas, '--nats-url', 'nats://a:1'], {}).nats).toEqual({
    servers: ['nats://a:1'],
  })
  expect(check([...replicas, '--no-nats']).nats).toBe(false)
})

describe('does not go together:', () => {
  const off = ['--app', 'http://127.0.0.1:1', '--name', '10.0.0.5:7999', '--app-id', 'shop']
  test.for([
    ['no replicas', ['--replicas', ''], /^--replicas names none/],
    [
      'the local API off loopback',
      [...replicas, '--listen', '10.0.0.5:3600'],
      /this machine alone/,
    ],
    ['the local API everywhere', [...replicas, '--listen', '0.0.0.0:3600'], /this machine alone/],
    [
      'an application without a name',
      [...replicas, '--app', 'http://127.0.0.1:1'],
      /--app without/,
    ],
    ['types without a name', [...replicas, '--types', 'A'], /^--types without --name/],
    ['a name without an application', [...replicas, '--name', 'a:1'], /^--name without --app:/],
    [
      'a name without what is deployed',
      [...replicas, '--name', 'a:1', '--app', 'http://127.0.0.1:1'],
      /^--name without --app-id/,
    ],
    [
      'an open call port',
      [...replicas, ...off],
      /^--name 10\.0\.0\.5:7999 can be reached.*insecure/,
    ],
    [
      'a call port on all addresses',
      [...replicas, ...host, '--call-listen', '0.0.0.0:7999'],
      /^--call-listen 0\.0\.0\.0:7999 can be reached from elsewhere/,
    ],
    [
      'an application elsewhere',
      [...replicas, ...host, '--app', 'http://10.0.0.9:1'],
      /^--app http:\/\/10\.0\.0\.9:1 is elsewhere/,
    ],
    ['one port for both', [...replicas, ...host, '--listen', '127.0.0.1:7999'], /are both 127/],
    [
      'a part of TLS',
      [...replicas, '--call-tls-ca', 'ca.pem'],
      /--call-tls-cert and --call-tls-key/,
    ],
    [
      'a type that no path can name',
      [...replicas, ...host, '--types', '.'],
      /cannot be called "."/,
    ],
    [
      'an application with TLS',
      [...replicas, ...host, '--app', 'https://127.0.0.1:1'],
      /plain HTTP/,
    ],
    [
      'an application with a login',
      [...replicas, ...host, '--app', 'http://me:secret@127.0.0.1:1'],
      /^--app: .* calls go to it without a login: leave out user and password/,
    ],
    ['no word of replicas', host, /is missing: a list separated by commas, each of them a ws:/],
    ['a type called berth', [...replicas, ...host, '--types', 'berth'], /cannot be called "berth"/],
    [
      'turns of another type',
      [...replicas, ...host, '--types', 'A', '--turns', 'B'],
      /^--turns: --types has no "B"/,
    ],
    [
      'no NATS with a user',
      [...replicas, '--no-nats', '--nats-user', 'u'],
      /^--no-nats with --nats/,
    ],
    ['a user alone', [...replicas, '--nats-user', 'u'], /given together/],
    [
      'two ways to log in',
      [...replicas, '--nats-user', 'u', '--nats-password', 'p', '--nats-token', 't'],
      /takes one of the two ways/,
    ],
  ] as const)('%s', ([_, args, message]) => {
    expect(() => check(args)).toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        message: expect.stringMatching(message),
      }),
    )
  })
})

describe('is not written so:', () => {
  test.for([
    ['app', 'https://127.0.0.1:1'],
    ['app', 'http://127.0.0.1:1/base'],
    ['app', 'http://user@127.0.0.1:1'],
    ['app', 'http://0.0.0.0:1'],
    ['app', '127.0.0.1:1'],
    ['app', 'unix:relative'],
    ['app', `unix:/${'x'.repeat(103)}`],
    ['name', '0.0.0.0:1'],
    ['name', 'Host:1'],
    ['name', 'host'],
    ['listen', 'unix:'],
    ['listen', 'unix:/a/'],
    ['listen', '3600'],
    ['listen', '127.0.0.1:0'],
    ['replicas', 'http://127.0.0.1:7400'],
    ['replicas', 'ws://u:hunter2@127.0.0.1:7400'],
    ['idleMs', '0'],
    ['drainMs', '-1'],
    ['stopLimitMs', '999'],
  ] as const)('%s %s', ([name, value]) => {
    const args = name === 'replicas' ? [] : replicas
    let message = ''
    try {
      check([...args, flagOf(name), value])
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toMatch(new RegExp(`^${flagOf(name)}: .* is not `))
    expect(message).not.toContain('hunter2')
  })
})

test('no secret is shown, neither in errors nor in the help', () => {
  const secrets = ['natsPassword', 'natsToken'] as const
  for (const name of secrets) expect(settingsTable[name].kind).toMatchObject({ isSecret: true })
  const odd = '\ud800hunter2'
  for (const name of secrets) {
    expect(() => check(replicas, { [variableOf(name)]: odd })).toThrow(/^(?!.*hunter2)/s)
  }
})

test('the help names each setting with flag and variable', () => {
  let help = ''
  expect(readCommandLine(['--help'], {}, (part) => (help += part))).toBeNull()
  for (const name of Object.keys(settingsTable) as SettingName[]) {
    expect(help).toContain(` ${flagOf(name)}`)
    expect(help.replaceAll(/\s+/g, ' ')).toContain(`[${variableOf(name)}]`)
  }
})
