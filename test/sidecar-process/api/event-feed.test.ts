import { expect, test } from 'vitest'
import {
  defaultFeedLimits,
  EventFeed,
  type FeedEffect,
} from '../../../src/sidecar-process/api/event-feed.js'
import { eventText, stateText } from '../../../src/sidecar-process/api/event-text.js'
import { upState } from './support/test-port.js'

const limits = { streamsMax: 2, untakenBytesMax: 10 }

const sent = (stream: number, text: string, bytes = text.length): FeedEffect => {
  return { kind: 'send', stream, text, bytes }
}

test('every stream gets its beginning, and then what is said', () => {
  const feed = new EventFeed(limits)
  const [a, b] = [feed.open('A'), feed.open('B')]
  feed.say('x')
  expect(feed.takeEffects()).toEqual([sent(a, 'A'), sent(b, 'B'), sent(a, 'x'), sent(b, 'x')])
  expect(feed.takeEffects()).toEqual([])
})

test('there are as many streams as may be, and one more when one has closed', () => {
  const feed = new EventFeed(limits)
  const first = feed.open('A')
  feed.open('B')
  expect(() => feed.open('C')).toThrow('There are 2 event streams already')
  expect(feed.count).toBe(2)
  feed.closed(first)
  feed.takeEffects()
  const third = feed.open('C')
  expect(third).not.toBe(first)
  expect(feed.takeEffects()).toEqual([sent(third, 'C')])
})

test('a stream that does not take what it is sent is cut, and no other one', () => {
  const feed = new EventFeed(limits)
  const [slow, quick] = [feed.open('12345'), feed.open('12345')]
  feed.taken(quick, 5)
  feed.takeEffects()
  feed.say('67890')
  expect(feed.takeEffects()).toEqual([sent(slow, '67890'), sent(quick, '67890')])
  feed.say('!')
  const cut = { kind: 'end', stream: slow, isBehind: true }
  expect(feed.takeEffects()).toEqual([cut, sent(quick, '!')])
  expect(feed.count).toBe(1)
  // What comes late of the one that is gone changes nothing.
  feed.taken(slow, 10)
  feed.closed(slow)
  feed.say('?')
  expect(feed.takeEffects()).toEqual([sent(quick, '?')])
})

test('what is counted are bytes', () => {
  const feed = new EventFeed(limits)
  const stream = feed.open('ééééé')
  expect(feed.takeEffects()).toEqual([sent(stream, 'ééééé', 10)])
  feed.say('!')
  expect(feed.takeEffects()).toEqual([{ kind: 'end', stream, isBehind: true }])
})

test('at the end all streams end, those that have not taken all at once', () => {
  const feed = new EventFeed(limits)
  const [slow, quick] = [feed.open('A'), feed.open('B')]
  feed.taken(quick, 1)
  feed.takeEffects()
  feed.close()
  expect(feed.takeEffects()).toEqual([
    { kind: 'end', stream: slow, isBehind: true },
    { kind: 'end', stream: quick, isBehind: false },
  ])
  feed.say('x')
  expect(feed.takeEffects()).toEqual([])
})

test('the bounds are those that sidecar.openapi.yaml tells', () => {
  expect(defaultFeedLimits).toEqual({ streamsMax: 64, untakenBytesMax: 262_144 })
})

test('an event is a name and one line of data, whatever stands in it', () => {
  const types = ['a\nevent: forged', 'é\u2028']
  const text = eventText({ kind: 'gained', generation: 43, types })
  const [name, data, ...rest] = text.split('\n')
  expect([name, rest]).toEqual(['event: gained', ['', '']])
  expect(JSON.parse(data?.slice('data: '.length) ?? '')).toEqual({ generation: 43, types })
})

test('each kind of event has the data that sidecar.openapi.yaml describes', () => {
  const dataOf = (text: string) => JSON.parse(text.split('\ndata: ')[1] ?? '')
  expect(dataOf(stateText(upState))).toEqual({
    ...{ host: '10.0.0.5:7999', generation: 42, ready: true },
  })
  expect(dataOf(stateText({ ...upState, host: null }))).toMatchObject({ host: null })
  expect(dataOf(eventText({ kind: 'table', generation: 43 }))).toEqual({ generation: 43 })
  const leaving = { generation: null, types: ['Cart'], deadlineMs: 1_999.6 }
  expect(dataOf(eventText({ kind: 'letting_go', ...leaving }))).toEqual({
    ...{ ...leaving, deadlineMs: 2_000 },
  })
  const fenced = { types: ['Cart'], isFinal: true, reason: 'lease_expired' }
  expect(dataOf(eventText({ kind: 'fenced', ...fenced }))).toEqual({
    ...{ types: ['Cart'], final: true, reason: 'lease_expired' },
  })
})
