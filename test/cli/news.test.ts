import { beforeEach, expect, test } from 'vitest'
import { News, type SeenTable } from '../../src/cli/local/news.js'

const titles = new Map([
  ['h1', 'host 1'],
  ['h5', 'host 5'],
])
const seen = (generation: number, ...members: [name: string, epoch: number][]): SeenTable => ({
  ...{ generation, factor: 128, level: 1 },
  members: new Map(members.map(([name, epoch]) => [name, { epoch, cordoned: false }])),
})

let news: News

beforeEach(() => {
  news = new News(titles, { type: 'Order', id: '17' })
})

test('who went is told with the time since its process ended, and where the actor is now', () => {
  expect(news.table(seen(5, ['h1', 1], ['h5', 2]), 'h5', 0)).toBeNull()
  news.ended('h5', 1_000)
  expect(news.isNew(5)).toBe(false)
  expect(news.isNew(6)).toBe(true)
  const line = news.table(seen(6, ['h1', 1]), 'h1', 8_400)
  expect(line).toBe('generation 6: host 5 out after 7.4 s; Order/17 now on host 1')
  expect(news.table(seen(7), null, 9_000)).toBe('generation 7: host 1 out; Order/17 now on nobody')
})

test('who came, and who came anew, is told; an actor that stays is not', () => {
  news.table(seen(1, ['h1', 1]), 'h1', 0)
  const line = news.table(seen(3, ['h1', 7], ['h5', 8], ['10.0.0.9:1', 9]), 'h1', 0)
  expect(line).toBe('generation 3: host 1 anew, host 5 in, host 10.0.0.9:1 in')
})

test('of who came and went between two looks nothing wrong is told', () => {
  news.table(seen(9, ['h1', 1]), 'h1', 0)
  expect(news.table(seen(11, ['h1', 1]), 'h1', 0)).toBe('generation 11: the same hosts as before')
})

test('what changes beside the hosts is told by its name', () => {
  const table = seen(1, ['h1', 1], ['h5', 2])
  news.table(table, 'h1', 0)
  const members = new Map(table.members).set('h5', { epoch: 2, cordoned: true })
  const cordoned = { ...table, generation: 2, members }
  expect(news.table(cordoned, 'h1', 0)).toBe('generation 2: host 5 cordoned')
  expect(news.table({ ...table, generation: 3, factor: 64, level: 2 }, 'h1', 0)).toBe(
    'generation 3: host 5 no more cordoned, 64 virtual nodes per host, feature level 2',
  )
})

const ledBy = (leader: number | null) => ({ leader, alarms: [] })

test('a change of leader is told once, and of the election nothing', () => {
  expect(news.cluster(ledBy(1), 0)).toEqual([])
  expect(news.cluster(ledBy(null), 1_000)).toEqual([])
  expect(news.cluster(ledBy(null), 3_900)).toEqual([])
  const line = 'replica 3 leads now, in place of replica 1'
  expect(news.cluster(ledBy(3), 4_000)).toEqual([line])
  expect(news.cluster(ledBy(3), 5_000)).toEqual([])
  expect(news.cluster(ledBy(null), 6_000)).toEqual([])
  expect(news.cluster(ledBy(3), 7_000)).toEqual([])
})

test('that nobody leads any more is told once, and so is that somebody leads again', () => {
  const lost = 'no replica leads now: nothing changes, and hosts stop when their leases end'
  news.cluster(ledBy(1), 0)
  expect(news.cluster(ledBy(null), 1_000)).toEqual([])
  expect(news.cluster(ledBy(null), 4_000)).toEqual([lost])
  expect(news.cluster(ledBy(null), 9_000)).toEqual([])
  expect(news.cluster(ledBy(1), 10_000)).toEqual(['replica 1 leads again'])
  // No replica answers: of alarms nothing is known then.
  const low = { code: 'terms_low', replica: null, detail: 'Few terms are left.' }
  expect(news.cluster({ leader: 1, alarms: [low] }, 11_000)).toHaveLength(1)
  expect(news.cluster(null, 12_000)).toEqual([])
  expect(news.cluster(null, 15_000)).toEqual([lost])
  expect(news.cluster({ leader: 2, alarms: [low] }, 16_000)).toEqual([
    'replica 2 leads now, in place of replica 1',
  ])
})

test('an alarm is told when it comes and when it is over', () => {
  const silent = { code: 'replica_silent', replica: 2, detail: 'Not heard from for 6 s.' }
  const low = { code: 'terms_low', replica: null, detail: 'Few terms are left.' }
  expect(news.cluster({ leader: 1, alarms: [silent] }, 0)).toEqual([
    'alarm replica_silent of replica 2: Not heard from for 6 s.',
  ])
  const later = { ...silent, detail: 'Not heard from for 7 s.' }
  expect(news.cluster({ leader: 1, alarms: [later, low] }, 0)).toEqual([
    'alarm terms_low: Few terms are left.',
  ])
  expect(news.cluster({ leader: 1, alarms: [] }, 0)).toEqual([
    'alarm replica_silent of replica 2 is over',
    'alarm terms_low is over',
  ])
})
