import { expect, test } from 'vitest'
import { Effects } from '../../src/sidecar/effect.js'
import {
  connectTimeoutMsDefault as connectTimeoutMs,
  connectTimeoutMsMax,
  jitterMs,
  type LinkPhase,
  learnedUrlsMax,
  patienceMsMax,
  pauseMs,
  pauseMsMax,
  ReplicaLink,
  refusedPauseMs,
  type SessionEnd,
} from '../../src/sidecar/replica-link.js'

const patienceMs = 2_000

function linkTo(urls: readonly string[], random = 0, firstTimeoutMs?: number) {
  const opened: string[] = []
  /** How long each connect was given. */
  const timeouts: number[] = []
  const state = { nowMs: 0, closes: 0 }
  const effects = new Effects()
  const link = new ReplicaLink(urls, effects, () => random, firstTimeoutMs)
  const drain = () => {
    for (const effect of effects.take()) {
      if (effect.kind === 'disconnect') state.closes += 1
      if (effect.kind !== 'connect') continue
      opened.push(effect.url)
      timeouts.push(effect.timeoutMs)
    }
  }
  const pass = (ms: number) => {
    for (const endMs = state.nowMs + ms; state.nowMs < endMs; ) {
      state.nowMs += 10
      link.tick(state.nowMs, patienceMs)
      drain()
    }
  }
  /** How long until the next replica is tried. */
  const pauseOf = () => {
    const [fromMs, before] = [state.nowMs, opened.length]
    while (opened.length === before) pass(10)
    return state.nowMs - fromMs
  }
  /** Every replica refuses the connection, once. */
  const failRound = () => {
    for (let i = 0; i < urls.length; i += 1) {
      if (link.phase === 'down') pauseOf()
      link.closed(state.nowMs)
    }
  }
  return { link, opened, timeouts, state, pass, pauseOf, failRound }
}

test('the first replica is drawn, so that not all sidecars begin at the same one', () => {
  const { opened, pass } = linkTo(['a', 'b', 'c'], 0.5)
  pass(10)
  expect(opened).toEqual(['b'])
})

test('a connect that takes longer than half a second is given up for the next replica', () => {
  const { opened, state, pass } = linkTo(['a', 'b'])
  pass(connectTimeoutMs)
  expect(opened).toEqual(['a'])
  pass(20)
  expect(opened).toEqual(['a', 'b'])
  expect(state.closes).toBe(1)
})

test('after a whole circle of failures there is a pause', () => {
  const { link, opened, state, pass } = linkTo(['a', 'b'])
  pass(10)
  link.closed(state.nowMs)
  pass(10)
  expect(opened).toEqual(['a', 'b'])
  link.closed(state.nowMs)
  pass(pauseMs / 2 - 10)
  expect(opened.length).toBe(2)
  pass(10)
  expect(opened.length).toBe(3)
})

test('the pause doubles with each round that fails, up to a limit', () => {
  for (const random of [0, 1]) {
    const { pauseOf, failRound } = linkTo(['a', 'b', 'c'], random)
    const pauses = Array.from({ length: 8 }, () => {
      failRound()
      return pauseOf()
    })
    const share = random === 0 ? 0.5 : 1
    const longest = [1, 2, 4, 8, 16, 32, 64, 128].map((times) => times * pauseMs)
    expect(pauses).toEqual(longest.map((ms) => share * Math.min(ms, pauseMsMax)))
  }
})

test('a round of tries is gone through at once, however many have failed', () => {
  const { link, state, pauseOf, failRound } = linkTo(['a', 'b', 'c'], 1)
  for (let i = 0; i < 5; i += 1) failRound()
  pauseOf()
  link.closed(state.nowMs)
  expect(pauseOf()).toBe(10)
})

test('a connect may take longer after each round that fails, and no longer than a limit', () => {
  const { timeouts, pass } = linkTo(['a', 'b'])
  pass(120_000)
  expect(timeouts.slice(0, 8)).toEqual([500, 500, 1_000, 1_000, 2_000, 2_000, 4_000, 4_000])
  expect(new Set(timeouts.slice(8))).toEqual(new Set([connectTimeoutMsMax]))
})

test('the clock of a connect starts when the name is looked up; the lookup has as long itself', () => {
  const { link, opened, state, pass } = linkTo(['ws://r1:7400', 'ws://r2:7400'])
  pass(10)
  pass(connectTimeoutMs - 10)
  link.located(state.nowMs)
  pass(connectTimeoutMs - 10)
  link.located(state.nowMs)
  expect(opened).toEqual(['ws://r1:7400'])
  pass(20)
  expect(opened).toEqual(['ws://r1:7400', 'ws://r2:7400'])
  pass(connectTimeoutMs)
  expect(link.tries).toEqual([
    { url: 'ws://r1:7400', reason: `no connection within ${connectTimeoutMs} ms` },
    { url: 'ws://r2:7400', reason: `name lookup: no address within ${connectTimeoutMs} ms` },
  ])
})

test('an address without a name has nothing to be looked up', () => {
  for (const url of ['ws://10.0.0.1:7400', 'wss://[fd00::1]:7400/berth']) {
    const { link, pass } = linkTo([url])
    pass(connectTimeoutMs + 20)
    expect(link.tries[0]!.reason).toBe(`no connection within ${connectTimeoutMs} ms`)
  }
})

test('of each address it is known why it was no use, until one answers again', () => {
  const { link, state, pass } = linkTo(['a', 'b'])
  pass(10)
  link.closed(state.nowMs, 'lost', 'nobody listens')
  pass(10)
  expect(link.tries).toEqual([
    { url: 'a', reason: 'nobody listens' },
    { url: 'b', reason: null },
  ])
  link.opened(state.nowMs)
  link.asked(state.nowMs)
  pass(patienceMs)
  expect(link.tries[1]!.reason).toBe(`no answer of the leader within ${patienceMs} ms`)
  while (link.url !== 'a' || link.phase !== 'connecting') pass(10)
  link.opened(state.nowMs)
  link.answered()
  expect(link.tries[0]).toEqual({ url: 'a', reason: null })
})

test('how long the first connects may take can be said', () => {
  const { timeouts, pass } = linkTo(['a'], 0, 7_000)
  pass(60_000)
  expect(new Set(timeouts)).toEqual(new Set([7_000]))
})

test('a hello is waited for longer after each round that nobody answered', () => {
  const { link, opened, state, pass } = linkTo(['a'])
  const isIn = (phase: LinkPhase) => link.phase === phase
  const waited = Array.from({ length: 6 }, () => {
    while (!isIn('connecting')) pass(10)
    const fromMs = state.nowMs
    link.opened(fromMs)
    link.asked(fromMs)
    while (isIn('open')) pass(10)
    return state.nowMs - fromMs
  })
  const longest = patienceMsMax
  expect(waited).toEqual([patienceMs, 2 * patienceMs, 4 * patienceMs, longest, longest, longest])
  expect(new Set(opened)).toEqual(new Set(['a']))
})

test('an answer begins all of it anew', () => {
  const { link, timeouts, state, pauseOf, failRound } = linkTo(['a', 'b'], 1)
  for (let i = 0; i < 6; i += 1) failRound()
  pauseOf()
  link.opened(state.nowMs)
  link.answered()
  link.closed(state.nowMs)
  expect(pauseOf()).toBe(jitterMs)
  expect(timeouts.at(-1)).toBe(connectTimeoutMs)
  failRound()
  expect(pauseOf()).toBe(pauseMs)
})

test('a lease of six seconds outlasts the search while one of three replicas is down', () => {
  for (const random of [0, 0.4, 0.8]) {
    const { link, opened, state, pass } = linkTo(['a', 'down', 'b'], random)
    for (let sessions = 0; sessions < 50; sessions += 1) {
      const fromMs = state.nowMs
      while (link.phase !== 'connecting' || opened.at(-1) === 'down') pass(10)
      expect(state.nowMs - fromMs).toBeLessThanOrEqual(jitterMs + connectTimeoutMs + 20)
      link.opened(state.nowMs)
      link.answered()
      link.closed(state.nowMs)
    }
  }
})

const ends: [end: SessionEnd, of: string, pausesMs: number[]][] = [
  ['elsewhere', 'one that stops or is full: the others are asked at once', [10, 10, 400]],
  ['refused', 'one that names a fault: not before a second', [1_000, 1_000, 1_000, 1_000]],
  ['too_fast', 'one that was told too much: ever more slowly', [1_000, 1_000, 1_600, 2_000, 2_000]],
]
for (const [end, what, expected] of ends) {
  test(`how a session ended says when the next one is tried: ${what}`, () => {
    const { link, state, pass, pauseOf } = linkTo(['a', 'b', 'c'], 1)
    pass(10)
    const pauses = expected.map(() => {
      link.opened(state.nowMs)
      link.closed(state.nowMs, end)
      return pauseOf()
    })
    expect(pauses).toEqual(expected)
    expect(refusedPauseMs).toBe(1_000)
  })
}

test('sidecars of a replica that dies come back spread over the jitter', () => {
  const waits = [0, 0.5, 0.99].map((random) => {
    const { link, opened, state, pass } = linkTo(['a'], random)
    pass(10)
    link.opened(state.nowMs)
    link.answered()
    link.closed(state.nowMs)
    const fromMs = state.nowMs
    while (opened.length < 2) pass(10)
    return state.nowMs - fromMs
  })
  expect(waits).toEqual([10, jitterMs / 2, jitterMs])
})

test('a dead address costs its time once, not at each change', () => {
  const { link, opened, state, pass } = linkTo(['dead', 'a', 'b'])
  pass(connectTimeoutMs + 20)
  expect(opened).toEqual(['dead', 'a'])
  for (let i = 0; i < 6; i += 1) {
    link.opened(state.nowMs)
    link.asked(state.nowMs)
    link.answered()
    link.closed(state.nowMs)
    pass(20)
  }
  expect(opened.slice(2)).toEqual(['b', 'a', 'b', 'a', 'b', 'a'])
})

test('an address that failed is tried again when all others have failed later', () => {
  const { link, opened, state, pass } = linkTo(['a', 'b', 'c'])
  for (let i = 0; i < 6; i += 1) {
    pass(pauseMs / 2)
    link.closed(state.nowMs)
  }
  expect(opened).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
})

test('a session that never answers is given up, and its replica is then the last to be tried', () => {
  const { link, opened, state, pass } = linkTo(['a', 'b', 'c'])
  pass(10)
  link.opened(state.nowMs)
  link.asked(state.nowMs)
  pass(patienceMs - 10)
  expect(state.closes).toBe(0)
  pass(20)
  expect(opened).toEqual(['a', 'b'])
  link.closed(state.nowMs)
  pass(10)
  expect(opened).toEqual(['a', 'b', 'c'])
})

test('a session with nothing to answer is kept', () => {
  const { link, opened, state, pass } = linkTo(['a', 'b'])
  pass(10)
  link.opened(state.nowMs)
  link.asked(state.nowMs)
  link.answered()
  pass(60_000)
  expect(opened).toEqual(['a'])
})

test('replicas are learned from the last welcome; what it does not name is forgotten', () => {
  const { link } = linkTo(['given'])
  link.learnUrls(['a', 'b'])
  expect(link.urls).toEqual(['given', 'a', 'b'])
  link.learnUrls(['b', 'c', 'given'])
  expect(link.urls).toEqual(['given', 'b', 'c'])
})

test('no welcome makes the list of addresses longer than a named limit', () => {
  const { link } = linkTo(['given'])
  link.learnUrls(Array.from({ length: 1_000 }, (_, i) => `r${i}`))
  expect(link.urls.length).toBe(1 + learnedUrlsMax)
})

test('of a list that is out of date the replicas that live are found within seconds', () => {
  const stale = Array.from({ length: 5 }, (_, i) => `stale-${i}`)
  const { link, opened, state, pass } = linkTo([...stale, 'live'])
  while (opened.at(-1) !== 'live') pass(10)
  expect(state.nowMs).toBeLessThan(6 * connectTimeoutMs)
  link.opened(state.nowMs)
  link.learnUrls(['live', 'other'])
  link.answered()
  link.closed(state.nowMs)
  pass(jitterMs)
  expect(opened.at(-1)).toBe('other')
})
