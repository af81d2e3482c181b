import { expect, test } from 'vitest'
import {
  connectTimeoutMs,
  jitterMs,
  learnedUrlsMax,
  ReplicaLink,
  retryMs,
} from '../../src/sidecar/replica-link.js'

const patienceMs = 2_000

function linkTo(urls: readonly string[], random = 0) {
  const opened: string[] = []
  const state = { nowMs: 0, closes: 0 }
  const link = new ReplicaLink(urls, {
    open: (url) => opened.push(url),
    close: () => {
      state.closes += 1
    },
    random: () => random,
  })
  const pass = (ms: number) => {
    for (const endMs = state.nowMs + ms; state.nowMs < endMs; ) {
      state.nowMs += 10
      link.tick(state.nowMs, patienceMs)
    }
  }
  return { link, opened, state, pass }
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
  pass(retryMs - 10)
  expect(opened.length).toBe(2)
  pass(10)
  expect(opened.length).toBe(3)
})

test('sidecars of a replica that dies come back spread over the jitter', () => {
  const waits = [0, 0.5, 0.99].map((random) => {
    const { link, opened, state, pass } = linkTo(['a'], random)
    pass(10)
    link.opened(state.nowMs)
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
    pass(retryMs)
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
  link.learn(['a', 'b'])
  expect(link.urls).toEqual(['given', 'a', 'b'])
  link.learn(['b', 'c', 'given'])
  expect(link.urls).toEqual(['given', 'b', 'c'])
})

test('no welcome makes the list of addresses longer than a named limit', () => {
  const { link } = linkTo(['given'])
  link.learn(Array.from({ length: 1_000 }, (_, i) => `r${i}`))
  expect(link.urls.length).toBe(1 + learnedUrlsMax)
})

test('of a list that is out of date the replicas that live are found within seconds', () => {
  const stale = Array.from({ length: 5 }, (_, i) => `stale-${i}`)
  const { link, opened, state, pass } = linkTo([...stale, 'live'])
  while (opened.at(-1) !== 'live') pass(10)
  expect(state.nowMs).toBeLessThan(6 * connectTimeoutMs)
  link.opened(state.nowMs)
  link.learn(['live', 'other'])
  link.answered()
  link.closed(state.nowMs)
  pass(jitterMs)
  expect(opened.at(-1)).toBe('other')
})
