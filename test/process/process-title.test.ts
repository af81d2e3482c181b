import { expect, test } from 'vitest'
import { hideLogins } from '../../src/process/process-title.js'

const login = [
  ...['nats://user:pass@h', "nats://u:s'cret@h:1", 'postgres://u:p w@h/d', 'nats://u:p"w@h'],
  ...['u:p<w@h', 'nats://u:p/w@h', 'postgres://h/d?password=x', 'postgres://h/d?pass%77ord=x'],
  ...['--nats-ulr=nats://u:p>w@h', '--password=x', 'host=h password=x'],
]

test.for(login)('a command line that may hold a login gives way to a title: %s', (word, t) => {
  const before = process.title
  t.onTestFinished(() => {
    process.title = before
  })
  hideLogins('hidden', ['node', 'berth', word])
  expect(process.title).toBe('hidden')
})

test('another one stays', () => {
  const before = process.title
  hideLogins('hidden', ['node', 'berth', 'replica', '--nats-url', 'nats://h:4222,tls://[::1]:1'])
  expect(process.title).toBe(before)
})
