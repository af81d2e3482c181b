import { describe, expect, test } from 'vitest'
import { BerthError } from '../../src/errors/berth-error.js'
import { createOriginGuard, type GuardedRequest } from '../../src/rest/origin-guard.js'

const guard = createOriginGuard(
  {
    advertised: ['http://berth-1.prod.example:7400', '10.0.0.7:7400', '[fd00::7]:7400'],
    aliases: ['berth.example', 'fd00::8'],
  },
  { server: 'this server', advice: 'Use its address.' },
)

const local: GuardedRequest = {
  host: '127.0.0.1:7400',
  origin: undefined,
  target: '/v1/cluster',
  localAddress: '127.0.0.1',
  localPort: 7400,
  isProbe: false,
}

function verdict(request: Partial<GuardedRequest>): string {
  try {
    return guard({ ...local, ...request }) ? 'stranger' : 'taken'
  } catch (error) {
    expect(error).toBeInstanceOf(BerthError)
    return (error as BerthError).code
  }
}

describe('a Host is taken', () => {
  test.for([
    '127.0.0.1:7400',
    '127.0.0.1',
    'localhost:7400',
    'LOCALHOST',
    'localhost.:7400',
    '[::1]:7400',
    'localhost:8080', // a forwarded port
    'berth-1.prod.example:7400',
    'Berth-1.Prod.Example',
    '10.0.0.7:80',
    '[fd00::7]',
    'berth.example',
    '[fd00::8]:7400',
  ])('%s', (host) => {
    expect(verdict({ host })).toBe('taken')
  })

  test('that is the address of the connection', () => {
    const localAddress = '192.168.3.4'
    expect(verdict({ host: '192.168.3.4:7400', localAddress })).toBe('taken')
    expect(verdict({ host: '192.168.3.4:7400', localAddress: '::ffff:192.168.3.4' })).toBe('taken')
    expect(verdict({ host: '[fd00::9]:7400', localAddress: 'fd00::9' })).toBe('taken')
    expect(verdict({ host: '127.1.2.3:7400', localAddress: '127.1.2.3' })).toBe('taken')
  })

  test('when there is none, as HTTP/1.0 allows: no browser sends that', () => {
    expect(verdict({ host: undefined })).toBe('taken')
  })
})

describe('a Host is foreign', () => {
  test.for([
    'evil.example',
    'evil.example:7400',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.0.0.1.nip.io',
    'x.localhost',
    '127.1.2.3:7400', // of another server on this machine
    '127.0.0.2',
    '2130706434:7400', // 127.0.0.2 in one number
    '192.168.3.4:7400',
    '0.0.0.0:7400',
    '[::]:7400',
    'user@localhost',
    'localhost:7400@evil.example',
    'localhost/x',
    'local host',
    '',
    'localhost:99999',
    'http://localhost',
  ])('%s', (host) => {
    expect(verdict({ host })).toBe('foreign_origin')
  })

  test('in an absolute request target, whatever the header says', () => {
    expect(verdict({ target: 'http://evil.example/v1/cluster' })).toBe('foreign_origin')
    expect(verdict({ target: 'http://localhost:7400/v1/cluster' })).toBe('taken')
  })
})

describe('an Origin is taken', () => {
  test.for([
    ['http://127.0.0.1:7400', '127.0.0.1:7400'],
    ['http://localhost:7400', '127.0.0.1:7400'],
    ['http://[::1]:7400', 'localhost:7400'],
    ['http://localhost:8080', 'localhost:8080'], // a forwarded port: the same page
    ['http://berth-1.prod.example:7400', '127.0.0.1:7400'],
    ['https://berth.example', 'berth.example:443'], // behind a proxy that speaks TLS
  ] as const)('%s at %s', ([origin, host]) => {
    expect(verdict({ origin, host })).toBe('taken')
  })
})

describe('an Origin is foreign', () => {
  test.for([
    ['http://evil.example', '127.0.0.1:7400'],
    ['http://evil.example:7400', '127.0.0.1:7400'],
    ['http://localhost:3000', '127.0.0.1:7400'], // another page on this machine
    ['http://localhost', '127.0.0.1:7400'],
    ['http://127.0.0.2:7400', '127.0.0.1:7400'], // another server on this machine, at this port
    ['http://127.0.0.2:9999', '127.0.0.1:7400'],
    ['http://127.255.255.254:7400', 'localhost:7400'],
    ['http://127.2:7400', '127.0.0.1:7400'],
    ['http://0x7f000002:7400', '127.0.0.1:7400'],
    ['http://[::ffff:127.0.0.2]:7400', '127.0.0.1:7400'],
    ['http://127.0.0.2:7400', '127.0.0.2:7400'],
    ['http://0.0.0.0:7400', '127.0.0.1:7400'],
    ['http://localhost:3000', 'localhost:8080'],
    ['http://10.0.0.7:3000', '10.0.0.7:7400'],
    ['null', '127.0.0.1:7400'],
    ['', '127.0.0.1:7400'],
    ['file://', '127.0.0.1:7400'],
    ['chrome-extension://abcdef', '127.0.0.1:7400'],
    ['http://user@localhost:7400', '127.0.0.1:7400'],
    ['http://evil.example, http://localhost:7400', '127.0.0.1:7400'],
  ] as const)('%s at %s', ([origin, host]) => {
    expect(verdict({ origin, host })).toBe('foreign_origin')
  })

  test('when it is of the machine of a browser elsewhere, which is not this one', () => {
    const far = { host: '10.0.0.7:7400', localAddress: '10.0.0.7' }
    for (const name of ['localhost', '127.0.0.1', '[::1]']) {
      expect(verdict({ ...far, origin: `http://${name}:7400` })).toBe('foreign_origin')
    }
    expect(verdict({ ...far, origin: 'http://10.0.0.7:7400' })).toBe('taken')
    // A port that is forwarded to here: browser and page mean the same by it.
    const forwarded = { host: 'localhost:7400', localAddress: '172.17.0.2' }
    expect(verdict({ ...forwarded, origin: 'http://localhost:7400' })).toBe('taken')
    expect(verdict({ ...forwarded, origin: 'http://localhost:3000' })).toBe('foreign_origin')
  })

  test('when the request has no Host to compare it with', () => {
    expect(verdict({ host: undefined, origin: 'http://evil.example' })).toBe('foreign_origin')
    expect(verdict({ host: undefined, origin: 'http://localhost:7400' })).toBe('taken')
  })
})

describe('a probe is let in', () => {
  const probe = { isProbe: true, target: '/livez' }

  test.for([
    '203.0.113.9:80', // of a network that leads here
    '[2001:db8::9]:7400',
    '192.168.3.4:7400',
  ])('by an address of a network before this machine, and told all: %s', (host) => {
    expect(verdict({ ...probe, host })).toBe('taken')
    expect(verdict({ ...probe, target: `http://${host}/livez`, host })).toBe('taken')
    expect(verdict({ host })).toBe('foreign_origin')
  })

  test.for(['berth.lan', 'evil.example:7400', '127.1.2.3', '0.0.0.0:7400', '[::]', 'a b', ''])(
    'under a name that may be of a page, and told little: "%s"',
    (host) => {
      expect(verdict({ ...probe, host })).toBe('stranger')
      expect(verdict({ host })).toBe('foreign_origin')
    },
  )

  test('under its own names as ever', () => {
    expect(verdict(probe)).toBe('taken')
    expect(verdict({ ...probe, host: 'berth.example' })).toBe('taken')
    expect(verdict({ ...probe, target: 'http://evil.example/livez' })).toBe('stranger')
  })

  test('from no page of another origin, not even that of the name it comes under', () => {
    for (const host of ['127.0.0.1:7400', 'evil.example:7400', '203.0.113.9:7400']) {
      expect(verdict({ ...probe, host, origin: 'http://evil.example:7400' })).toBe('foreign_origin')
    }
    const origin = 'http://203.0.113.9:7400'
    expect(verdict({ ...probe, host: '203.0.113.9:7400', origin })).toBe('foreign_origin')
    expect(verdict({ ...probe, origin: 'http://127.0.0.1:7400' })).toBe('taken')
  })
})

describe('over a unix socket, which has neither address nor port', () => {
  const unix = { localAddress: undefined, localPort: undefined }

  test.for(['localhost', '127.0.0.1:80', '[::1]', 'berth.example', undefined])(
    'a name of this machine is taken: %s',
    (host) => {
      expect(verdict({ ...unix, host })).toBe('taken')
    },
  )

  test.for(['evil.example', '', '127.0.0.2', '0.0.0.0', 'unix'])(
    'another name is foreign: "%s"',
    (host) => {
      expect(verdict({ ...unix, host })).toBe('foreign_origin')
    },
  )

  test('a page of this machine has no place there but under the very same name', () => {
    const host = 'localhost'
    expect(verdict({ ...unix, host, origin: 'http://localhost:3000' })).toBe('foreign_origin')
    expect(verdict({ ...unix, host, origin: 'http://127.0.0.1' })).toBe('foreign_origin')
    expect(verdict({ ...unix, host, origin: 'null' })).toBe('foreign_origin')
    expect(verdict({ ...unix, host: undefined, origin: 'http://localhost' })).toBe('foreign_origin')
  })
})

test('who is refused hears what server it is, and what to do', () => {
  expect(() => guard({ ...local, host: 'evil.example' })).toThrow(
    '"evil.example" is not a name of this server. Use its address.',
  )
  expect(() => guard({ ...local, origin: 'http://evil.example' })).toThrow(
    'Pages of "http://evil.example" may not reach this server; only its own may.',
  )
})
