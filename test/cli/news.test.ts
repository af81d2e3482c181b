import { beforeEach, expect, test } from 'vitest'
import { News, type SeenAlarm, type SeenTable } from '../../src/cli/local/news.js'

const titles = new Map([
  ['h1', 'host 1'],
  ['h5', 'host 5'],
])
const seen = (generation: number, ...members: [name: string, epoch: number][]): SeenTable => ({
  generation,
  members: new Map(members),
})

let news: News

beforeEach(() => {
  news = new News(titles, { type: 'Order', id: '17' })
})

test('who went is told with the time since its process ended, and where the actor is now', () => {
  expect(news.table(seen(5, ['h1', 1], ['h5', 2]), 'h5', 0)).toBeNull()
  news.ended('h5', 1_000)
  expect(news.isNew(seen(5))).toBe(false)
  expect(news.isNew(seen(6))).toBe(true)
  const line = news.table(seen(6, ['h1', 1]), 'h1', 8_400)
  expect(line).toBe('generation 6: host 5 out after 7.4 s; Order/17 now on host 1')
  expect(news.table(seen(7), null, 9_000)).toBe('generation 7: host 1 out; Order/17 now on nobody')
})

test('who came, and who came anew, is told; an actor that stays is not', () => {
  news.table(seen(1, ['h1', 1]), 'h1', 0)
  const line = news.table(seen(3, ['h1', 7], ['h5', 8], ['10.0.0.9:1', 9]), 'h1', 0)
  expect(line).toBe('generation 3: host 1 anew, host 5 in, host 10.0.0.9:1 in')
  expect(news.table(seen(4, ['h1', 7], ['h5', 8], ['10.0.0.9:1', 9]), 'h1', 0)).toBe(
    'generation 4: other settings',
  )
})

test('a change of leader is told once, and none while there is none', () => {
  const none: SeenAlarm[] = []
  expect(news.cluster({ leader: 1, alarms: none })).toEqual([])
  expect(news.cluster({ leader: null, alarms: none })).toEqual([])
  expect(news.cluster({ leader: 3, alarms: none })).toEqual([
    'replica 3 leads now, in place of replica 1',
  ])
  expect(news.cluster({ leader: 3, alarms: none })).toEqual([])
})

test('an alarm is told when it comes and when it is over', () => {
  const silent = { code: 'replica_silent', replica: 2, detail: 'Not heard from for 6 s.' }
  const low = { code: 'terms_low', replica: null, detail: 'Few terms are left.' }
  expect(news.cluster({ leader: 1, alarms: [silent] })).toEqual([
    'alarm replica_silent of replica 2: Not heard from for 6 s.',
  ])
  const later = { ...silent, detail: 'Not heard from for 7 s.' }
  expect(news.cluster({ leader: 1, alarms: [later, low] })).toEqual([
    'alarm terms_low: Few terms are left.',
  ])
  expect(news.cluster({ leader: 1, alarms: [] })).toEqual([
    'alarm replica_silent of replica 2 is over',
    'alarm terms_low is over',
  ])
})
