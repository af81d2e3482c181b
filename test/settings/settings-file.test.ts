import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { readSettingsFile, settingsFileBytesMax } from '../../src/settings/settings-file.js'
import { scratchFolder } from '../support/scratch.js'

const names = ['callListen', 'types', 'drainMs', 'insecure', 'secret']

let path = ''
let folder = ''
beforeEach(() => {
  folder = scratchFolder({ onTestFinished })
  path = join(folder, 'berth.yaml')
})

function read(content: string | Uint8Array): Record<string, string> {
  writeFileSync(path, content)
  const given = readSettingsFile(path, names)
  return Object.fromEntries([...given].map(([name, { text }]) => [name, text]))
}

const refusal = (message: string | RegExp) =>
  expect.objectContaining({
    code: 'invalid_config',
    message: typeof message === 'string' ? `--config ${path}: ${message}.` : message,
  })

test('YAML: texts, numbers, switches and lists are what they would be behind a flag', () => {
  const text = [
    '# of this host',
    'callListen: 127.0.0.1:7999',
    'types: [Cart, "Order"]',
    'drainMs: 3000',
    'insecure: true',
  ]
  expect(read(text.join('\n'))).toEqual({
    callListen: '127.0.0.1:7999',
    types: 'Cart,Order',
    drainMs: '3000',
    insecure: 'true',
  })
})

test('JSON does as well, and the source of each is the file with its key', () => {
  expect(read('{"types":["Cart"],"drainMs":0}')).toEqual({ types: 'Cart', drainMs: '0' })
  expect(readSettingsFile(path, names).get('drainMs')?.source).toBe(`${path}: drainMs`)
})

test.for(['', '# nothing\n', '---\n', 'null', '{}', '\uFEFF'])('%j has no settings', (text) => {
  expect(read(text)).toEqual({})
})

test('a byte order mark is no part of the first key, and a link is followed', () => {
  expect(read('\uFEFFdrainMs: 1')).toEqual({ drainMs: '1' })
  symlinkSync(path, join(folder, 'link'))
  expect(readSettingsFile(join(folder, 'link'), names).size).toBe(1)
})

test('a number is read as it is written', () => {
  expect(read('drainMs: 1.0')).toEqual({ drainMs: '1.0' })
  expect(read('drainMs: 0x10')).toEqual({ drainMs: '0x10' })
  expect(read('drainMs: 123456789012345678901')).toEqual({ drainMs: '123456789012345678901' })
})

describe('is refused, with its key:', () => {
  test.for([
    ['an unknown key', 'callListne: a', /"callListne" is no setting; there are: callListen, types/],
    ['a key that stands twice', 'types: a\ntypes: b', /: "types" stands in it twice\.$/],
    ['a key that stands twice in JSON', '{"types":"a","types":"b"}', /"types" stands in it twice/],
    ['a key that is no text', '1: a', /: a key of it is no text\.$/],
    ['a mapping as a value', 'types: {a: b}', /"types" is neither a text, a number/],
    ['an alias', 'types: &a x\ncallListen: *a', /"callListen" is neither a text/],
    ['a list in a list', 'types: [[a]]', /"types" is a list of what is neither text nor number/],
    ['a list with a comma in it', 'types: ["a,b"]', /"types" is a list, and one of it/],
    ['a list with an empty text', 'types: [a, ""]', /"types" is a list, and one of it is empty/],
    ['no value', 'types:', /"types" has no value; for none leave it out/],
    ['a prototype', '__proto__: {types: a}', /one of its keys is no setting/],
  ] as const)('%s', ([_, text, message]) => {
    expect(() => read(text)).toThrow(refusal(expect.stringMatching(message) as unknown as RegExp))
  })
})

describe('is refused as a whole:', () => {
  test.for([
    ['a list', '- a', 'it holds no mapping from names of settings to values'],
    ['a text', 'a', 'it holds no mapping from names of settings to values'],
    ['bad YAML', 'types: [a\ncallListen: b', 'line 2 is not YAML (bad indent)'],
    ['two documents', 'types: a\n---\ntypes: b', 'line 2 is not YAML (multiple docs)'],
    ['a tag that nobody knows', 'types: !env NAME', 'line 1 is not YAML (tag resolve failed)'],
  ])('%s', ([_, text, message]) => {
    expect(() => read(text!)).toThrow(refusal(message!))
  })

  test('what is no UTF-8', () => {
    expect(() => read(Buffer.from('types: K\xF6ln', 'latin1'))).toThrow(
      refusal('it is no text in UTF-8'),
    )
  })

  test('a file that is too long, and none that just fits', () => {
    const line = 'types: a\n'
    const fits = line + '#'.repeat(settingsFileBytesMax - line.length)
    expect(read(fits)).toEqual({ types: 'a' })
    expect(() => read(`${fits}#`)).toThrow(
      refusal(`it is longer than ${settingsFileBytesMax} bytes`),
    )
  })

  test('one that is not there, a folder, a pipe and a device', () => {
    const missing = join(folder, 'missing')
    expect(() => readSettingsFile(missing, names)).toThrow(/it cannot be opened \(ENOENT/)
    mkdirSync(path)
    expect(() => readSettingsFile(path, names)).toThrow(refusal('it is no file'))
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    expect(() => readSettingsFile(pipe, names)).toThrow(/it is no file/)
    expect(() => readSettingsFile('/dev/zero', names)).toThrow(/it is no file/)
  })
})

test('nothing that is refused shows a value', () => {
  const texts = [
    'secret: hunter2\nsecret: hunter2',
    'secret: {hunter2: hunter2}',
    'secret: !hunter2 x',
    'hunter2-is-the-password-of-somebody-who-slipped-with-the-keys: x',
    'secret: "hunter2',
    'secret: [hunter2',
    'secret: hunter2: hunter2',
    'secret: [",hunter2"]',
    '"hun ter2": x',
  ]
  for (const text of texts) {
    let message = ''
    try {
      read(text)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).not.toBe('')
    expect(message).not.toMatch(/hun ?ter2/)
  }
})
