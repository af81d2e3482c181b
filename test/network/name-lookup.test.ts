import type { LookupAddress } from 'node:dns'
import { expect, test } from 'vitest'
import {
  heldMsMax,
  lastingMs,
  NameLookup,
  namesMax,
  patienceMsDefault,
  runningMax,
} from '../../src/network/name-lookup.js'

const here: LookupAddress[] = [{ address: '10.0.0.1', family: 4 }]
const there: LookupAddress[] = [{ address: '10.0.0.2', family: 4 }]

test('who is answered at once, as a lookup that lasts ends, is answered once', async () => {
  const asked: ((addresses: LookupAddress[]) => void)[] = []
  let nowMs = 0
  const due: (() => void)[] = []
  const lookups = new NameLookup({
    now: () => nowMs,
    // As an immediate of the event loop: what is due is not taken back by what comes before it.
    after: (_ms, act) => {
      due.push(act)
      return () => undefined
    },
    lookup: (_host, _options, callback) => {
      asked.push((addresses) => callback(null, addresses))
    },
  })
  let answers = 0
  const count = () => {
    answers += 1
  }
  const ask = () => lookups.within(5_000)('replica-1', { all: true }, count)
  ask()
  asked[0]!(here)
  nowMs += 1
  ask()
  nowMs += lastingMs
  ask()
  asked[1]!(there)
  for (const act of due) act()
  expect(answers).toBe(3)
})

/** Names on a clock and a system of this test: each lookup is answered when the test says so. */
function names() {
  const state = { nowMs: 0 }
  const timers = new Set<{ readonly atMs: number; readonly act: () => void }>()
  const asked: {
    host: string
    found(addresses: LookupAddress[]): void
    fails(code: string): void
  }[] = []
  const lookups = new NameLookup({
    now: () => state.nowMs,
    after: (ms, act) => {
      const timer = { atMs: state.nowMs + ms, act }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    lookup: (host, _options, callback) => {
      asked.push({
        host,
        found: (addresses) => callback(null, addresses),
        fails: (code) => callback(Object.assign(new Error(`getaddrinfo ${code}`), { code }), []),
      })
    },
  })
  const pass = (ms: number) => {
    state.nowMs += ms
    for (const timer of [...timers].filter(({ atMs }) => atMs <= state.nowMs)) {
      timers.delete(timer)
      timer.act()
    }
  }
  /** What became of asking, as far as it has come. */
  const ask = (host: string, patienceMs?: number) => {
    const answer: { addresses?: string[]; error?: string } = {}
    lookups.resolve(host, patienceMs).then(
      (addresses) => {
        answer.addresses = addresses.map(({ address }) => address)
      },
      (error: Error) => {
        answer.error = error.message
      },
    )
    return answer
  }
  const settled = () => new Promise(setImmediate)
  return { lookups, asked, timers, pass, ask, settled }
}

test('whoever asks while a name is looked up shares that lookup', async () => {
  const { asked, timers, ask, settled } = names()
  const answers = Array.from({ length: 173 }, () => ask('r1'))
  expect(asked.map(({ host }) => host)).toEqual(['r1'])
  asked[0]!.found(here)
  await settled()
  expect(new Set(answers.map(({ addresses }) => addresses?.[0]))).toEqual(new Set(['10.0.0.1']))
  expect(timers.size).toBe(0)
})

test('no more than two names are looked up at a time; the others come in their turn', async () => {
  const { lookups, asked, ask, pass, settled } = names()
  const answers = ['hangs-1', 'hangs-2', 'r1', 'r2'].map((host) => ask(host, 60_000))
  expect(asked.length).toBe(runningMax)
  expect(lookups.running).toBe(runningMax)
  pass(5_000)
  asked[0]!.fails('EAI_AGAIN')
  expect(asked.map(({ host }) => host)).toEqual(['hangs-1', 'hangs-2', 'r1'])
  asked[2]!.found(here)
  await settled()
  expect(answers[2]).toEqual({ addresses: ['10.0.0.1'] })
  expect(asked.at(-1)!.host).toBe('r2')
})

test('a name that hangs is not looked up again and again: it leaves the threads to others', async () => {
  const { asked, ask, pass, settled } = names()
  ask('hangs')
  pass(5_000)
  asked[0]!.fails('EAI_AGAIN')
  const again = ask('hangs')
  pass(4_999)
  await settled()
  expect(again).toEqual({ error: expect.stringMatching(/^name lookup of "hangs": .*EAI_AGAIN/) })
  expect(asked.length).toBe(1)
  pass(1)
  ask('hangs')
  expect(asked.length).toBe(2)
  pass(10 * heldMsMax)
  asked[1]!.fails('EAI_AGAIN')
  pass(heldMsMax)
  ask('hangs')
  expect(asked.length).toBe(3)
})

test('behind a dead name server an address that took five seconds is there for the next one', async () => {
  const { asked, ask, pass, settled } = names()
  const first = ask('r1', 1_000)
  pass(1_000)
  await settled()
  expect(first).toEqual({ error: 'name lookup of "r1": no answer within 1000 ms' })
  const second = ask('r1', 4_500)
  pass(4_000)
  expect(asked.length).toBe(1)
  asked[0]!.found(here)
  const third = ask('r1')
  pass(0)
  await settled()
  expect([second, third]).toEqual([{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.1'] }])
  expect(asked.length).toBe(1)
})

test('names that are cheap are looked up for each connect, so that a new address counts at once', async () => {
  const { asked, ask, settled } = names()
  ask('r1')
  asked[0]!.found(here)
  const next = ask('r1')
  asked[1]!.found(there)
  await settled()
  expect(next).toEqual({ addresses: ['10.0.0.2'] })
})

test('the last address is kept while a lookup fails, and is given soon while one lasts', async () => {
  const { asked, ask, pass, settled } = names()
  ask('r1')
  asked[0]!.found(here)
  const failed = ask('r1')
  asked[1]!.fails('ENOTFOUND')
  const lasting = ask('r1')
  pass(lastingMs)
  const later = ask('r1')
  pass(0)
  await settled()
  for (const answer of [failed, lasting, later]) expect(answer).toEqual({ addresses: ['10.0.0.1'] })
  expect(asked.length).toBe(3)
})

test('who waits for a name hears that it is the name, and how long was waited', async () => {
  const { asked, ask, pass, settled } = names()
  const unknown = ask('nobody')
  asked[0]!.fails('ENOTFOUND')
  const hangs = ask('hangs')
  pass(patienceMsDefault)
  await settled()
  expect(unknown.error).toBe('name lookup of "nobody": there is no such name (ENOTFOUND)')
  expect(hangs.error).toBe(`name lookup of "hangs": no answer within ${patienceMsDefault} ms`)
})

test('an IP address is no name, and sockets get the family that they ask for', async () => {
  const { lookups, asked, ask, pass, settled } = names()
  const plain = ask('::1')
  pass(0)
  await settled()
  expect(plain).toEqual({ addresses: ['::1'] })
  expect(asked).toEqual([])
  const got: unknown[] = []
  const look = lookups.within(1_000)
  look('r1', { all: true }, (error, addresses) => got.push([error, addresses]))
  look('r1', { family: 6 }, (error, address, family) => got.push([error, address, family]))
  look('r1', { family: 4 }, (error) => got.push(error?.message))
  asked[0]!.found([{ address: '::1', family: 6 }])
  expect(got).toEqual([
    [null, [{ address: '::1', family: 6 }]],
    [null, '::1', 6],
    'name lookup of "r1": it has no address of IPv4',
  ])
})

test('of names that nobody asks for any more no more than a limit are remembered', async () => {
  const { asked, ask, settled } = names()
  for (let i = 0; i <= namesMax; i += 1) {
    ask(`r${i}`)
    asked.at(-1)!.found(here)
  }
  const [oldest, newest] = [ask('r0'), ask(`r${namesMax}`)]
  asked.at(-2)!.fails('ENOTFOUND')
  asked.at(-1)!.fails('ENOTFOUND')
  await settled()
  expect(oldest.error).toMatch(/ENOTFOUND/)
  expect(newest).toEqual({ addresses: ['10.0.0.1'] })
})
