import { describe, expect, test } from 'vitest'
import { checkListenPolicy } from '../../src/api/listen-policy.js'
import { BerthError } from '../../src/errors/berth-error.js'

const check = (hosts: readonly string[], insecure = false) =>
  checkListenPolicy({
    listeners: hosts.map((host, i) => ({ name: `--listen-${i}`, host })),
    insecure,
  })

describe('without credentials', () => {
  test.for([
    '127.0.0.1',
    '127.255.0.1',
    'localhost',
    'LocalHost',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
  ])('a replica may listen on %s', (host) => {
    expect(() => check([host])).not.toThrow()
  })

  test.for([
    '0.0.0.0',
    '::',
    '[::]',
    '',
    '10.0.0.7',
    '192.168.1.2',
    '::2',
    'fe80::1',
    'berth.example',
    'localhost.example',
    '127.0.0.1.example',
    '1127.0.0.1',
  ])('a replica may not listen on "%s"', (host) => {
    expect(() => check([host])).toThrow(BerthError)
  })

  test('every open port is named, with what to do', () => {
    expect(() => check(['0.0.0.0', '127.0.0.1', ''])).toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        message: expect.stringMatching(
          /--listen-0 \(0\.0\.0\.0\), --listen-2 \(all addresses\) can be reached.*--insecure/,
        ),
      }),
    )
  })

  test('an operator who says insecure may listen anywhere', () => {
    expect(() => check(['0.0.0.0', '10.0.0.7', 'berth.example'], true)).not.toThrow()
  })
})
