import { expect, test } from 'vitest'
import {
  ApplicationWatch,
  configEveryMs,
  healthEveryMs,
  offerAgainMs,
  tryEveryMs,
} from '../../../src/sidecar-process/application/application-watch.js'
import type {
  AskOutcome,
  WatchEffect,
} from '../../../src/sidecar-process/application/watch-effect.js'

const free = { types: null, drainMs: null, idleMs: null, turns: null }
const refused: AskOutcome = { kind: 'refused', reason: 'connection refused' }
const late: AskOutcome = { kind: 'failed', reason: 'no answer in time' }
const status = (code: number): AskOutcome => ({ kind: 'answer', status: code, body: null })
const document = (value: unknown): AskOutcome => ({
  ...{ kind: 'answer', status: 200 },
  body: typeof value === 'string' ? value : JSON.stringify(value),
})

/** A watch in virtual time; the application answers as `answers` says, at once. */
class Bench {
  now = 0
  answers: (path: string) => AskOutcome = () => refused
  /** What became of offers; null for no answer yet. */
  offers: (types: readonly string[]) => 'taken' | 'later' | null = () => 'taken'
  readonly asked: [atMs: number, path: string][] = []
  readonly offered: (readonly string[])[] = []
  readonly said: string[] = []
  configured = 0
  readonly watch = new ApplicationWatch({ choices: free, typesFault: () => null }, 0)

  constructor() {
    this.#settle()
  }

  /** Time goes by, from one thing that is due to the next. */
  pass(ms: number): void {
    const untilMs = this.now + ms
    for (;;) {
      this.watch.tick(this.now)
      this.#settle()
      const next = Math.max(this.watch.nextDueMs, this.now)
      if (next > untilMs) break
      if (next === this.now && this.watch.nextDueMs <= this.now) throw new Error('it turns around')
      this.now = next
    }
    this.now = untilMs
  }

  #settle(): void {
    for (;;) {
      const effects = this.watch.takeEffects()
      if (effects.length === 0) return
      for (const effect of effects) this.#act(effect)
    }
  }

  #act(effect: WatchEffect): void {
    if (effect.kind === 'ask') {
      this.asked.push([this.now, effect.path])
      this.watch.answered(effect.number, this.answers(effect.path), this.now)
    } else if (effect.kind === 'offer') {
      this.offered.push(effect.types)
      const outcome = this.offers(effect.types)
      if (outcome === 'taken') this.watch.offered(effect.number, { kind: 'taken' }, this.now)
      if (outcome === 'later') {
        this.watch.offered(effect.number, { kind: 'later', detail: 'upgrade first' }, this.now)
      }
    } else if (effect.kind === 'configure') this.configured += 1
    else if (effect.kind === 'say') this.said.push(`${effect.level} ${effect.message}`)
  }
}

const withHealth = (health: AskOutcome) => (path: string) =>
  path === '/healthz' ? health : document({ types: ['Cart'], health: '/healthz' })

test('it is asked every second until it is there, and its types are offered then', () => {
  const bench = new Bench()
  bench.pass(2_500)
  expect(bench.asked).toEqual([0, 1_000, 2_000].map((atMs) => [atMs, '/berth/config']))
  expect(bench.watch.state).toMatchObject({ state: 'waiting', sinceMs: 0 })
  expect(bench.watch.state.reason).toBe('GET /berth/config: connection refused')
  expect(bench.said).toEqual(['info the application is not up yet'])
  bench.answers = () => document({ types: ['Cart', 'Order'] })
  bench.pass(tryEveryMs)
  expect(bench.watch.state).toEqual({ state: 'up', sinceMs: 3_000, reason: null })
  expect(bench.offered).toEqual([['Cart', 'Order']])
})

test.for([404, 405, 410, 501])(
  'one that answers with %i has no configuration, and is up',
  (code) => {
    const bench = new Bench()
    bench.answers = () => status(code)
    bench.pass(0)
    expect(bench.watch.state.state).toBe('up')
    expect(bench.watch.config).toMatchObject({ types: [], release: 'each', health: null })
  },
)

test.for([204, 301, 302, 401, 500, 503])('one that answers with %i is not up', (code) => {
  const bench = new Bench()
  bench.answers = () => status(code)
  bench.pass(5_000)
  expect(bench.watch.state).toMatchObject({
    state: 'waiting',
    reason: `GET /berth/config was answered with ${code}`,
  })
  expect(bench.offered).toEqual([])
})

test('a wrong configuration is told once, and it is asked again until it is right', () => {
  const bench = new Bench()
  bench.answers = () => document({ types: 'Cart' })
  bench.pass(5_000)
  expect(bench.said).toEqual(['error the application is not up yet'])
  expect(bench.watch.state.reason).toBe('GET /berth/config: "types" must be a list of texts')
  bench.answers = () => document({ types: ['Cart'] })
  bench.pass(tryEveryMs)
  expect(bench.watch.state.state).toBe('up')
})

test('one that is there and not well yet is not up', () => {
  const bench = new Bench()
  bench.answers = withHealth(status(503))
  bench.pass(3_000)
  expect(bench.watch.state).toMatchObject({
    state: 'waiting',
    reason: 'GET /healthz was answered with 503',
  })
  expect(bench.offered).toEqual([])
  bench.answers = withHealth(status(204))
  bench.pass(tryEveryMs)
  expect(bench.offered).toEqual([['Cart']])
})

test('three looks that fail in a row withdraw its types, and they come back', () => {
  const bench = new Bench()
  bench.answers = withHealth(status(200))
  bench.pass(10 * healthEveryMs)
  expect(bench.asked.slice(2, 5).map(([atMs, path]) => [atMs, path])).toEqual(
    [1, 2, 3].map((i) => [i * healthEveryMs, '/healthz']),
  )
  bench.answers = withHealth(status(500))
  bench.pass(2 * healthEveryMs)
  expect(bench.watch.state.state).toBe('up')
  bench.pass(healthEveryMs)
  expect(bench.watch.state).toMatchObject({
    state: 'unhealthy',
    reason: 'GET /healthz was answered with 500',
  })
  expect(bench.offered).toEqual([['Cart'], []])
  bench.answers = (path) =>
    path === '/healthz' ? status(200) : document({ types: ['Cart', 'New'], health: '/healthz' })
  bench.pass(tryEveryMs)
  expect(bench.watch.state.state).toBe('up')
  expect(bench.offered).toEqual([['Cart'], [], ['Cart', 'New']])
})

test('two looks that fail and one that does not are no reason to withdraw anything', () => {
  const bench = new Bench()
  bench.answers = withHealth(status(200))
  bench.pass(0)
  for (let i = 0; i < 5; i += 1) {
    bench.answers = withHealth(late)
    bench.pass(2 * healthEveryMs)
    bench.answers = withHealth(status(200))
    bench.pass(healthEveryMs)
  }
  expect(bench.watch.state.state).toBe('up')
  expect(bench.offered).toEqual([['Cart']])
})

test('without a health path only a refused connection counts', () => {
  const bench = new Bench()
  bench.answers = () => document({ types: ['Cart'] })
  bench.pass(0)
  for (const outcome of [late, status(500)]) {
    bench.answers = () => outcome
    bench.pass(10 * configEveryMs)
    expect(bench.watch.state.state).toBe('up')
  }
  bench.answers = () => refused
  bench.pass(configEveryMs + 2 * healthEveryMs)
  expect(bench.watch.state.state).toBe('unhealthy')
  expect(bench.offered).toEqual([['Cart'], []])
})

test('one that was away for a moment is asked for its configuration anew', () => {
  const bench = new Bench()
  bench.answers = () => document({ types: ['Cart'] })
  bench.pass(0)
  bench.answers = () => refused
  bench.pass(configEveryMs)
  bench.answers = () => document({ types: ['Order'] })
  bench.pass(healthEveryMs)
  expect(bench.watch.state.state).toBe('up')
  expect(bench.offered).toEqual([['Cart'], ['Order']])
})

test.for([null, '/healthz'])(
  'with the health path %s: one that was started anew unseen is heard',
  (health) => {
    const bench = new Bench()
    const says = (types: readonly string[]) => {
      bench.answers = (path) => (path === '/healthz' ? status(200) : document({ types, health }))
    }
    says(['Cart'])
    bench.pass(20 * configEveryMs)
    expect([bench.offered, bench.configured]).toEqual([[['Cart']], 1])
    says(['Cart', 'Order'])
    bench.pass(configEveryMs + healthEveryMs)
    expect([bench.offered, bench.configured]).toEqual([[['Cart'], ['Cart', 'Order']], 2])
  },
)

test.for([null, '/healthz'])(
  'with the health path %s: a configuration that cannot be read is told once',
  (health) => {
    const bench = new Bench()
    let config = document({ types: ['Cart'], health })
    bench.answers = (path) => (path === '/healthz' ? status(200) : config)
    bench.pass(0)
    config = status(500)
    bench.watch.reload(bench.now)
    bench.pass(10 * configEveryMs)
    expect(bench.watch.state).toMatchObject({
      state: 'up',
      reason: 'GET /berth/config was answered with 500',
    })
    const warning = 'warn the configuration of the application cannot be read: the old one holds'
    expect(bench.said.filter((line) => line.startsWith('warn'))).toEqual([warning])
    config = document({ types: ['Cart'], health })
    bench.pass(configEveryMs + healthEveryMs)
    expect(bench.watch.state.reason).toBeNull()
    expect([bench.offered, bench.configured]).toEqual([[['Cart']], 1])
  },
)

test('a wish to read anew that comes while a question is under way is not put off', () => {
  const watch = new ApplicationWatch({ choices: free, typesFault: () => null }, 0)
  watch.tick(0)
  watch.reload(1)
  watch.answered(1, document({ types: ['Cart'] }), 2)
  expect(watch.nextDueMs).toBe(2)
  watch.tick(2)
  const asks = watch.takeEffects().filter(({ kind }) => kind === 'ask')
  expect(asks).toMatchObject([{ number: 1 }, { number: 2, path: '/berth/config' }])
})

test('its configuration is read anew when somebody wants that, and a wrong one withdraws all', () => {
  const bench = new Bench()
  bench.answers = () => document({ types: ['Cart'] })
  bench.pass(100)
  bench.answers = () => document({ types: ['Cart', 'Order'] })
  bench.watch.reload(bench.now)
  bench.pass(0)
  expect(bench.offered).toEqual([['Cart'], ['Cart', 'Order']])
  bench.answers = () => document({ types: 1 })
  bench.watch.reload(bench.now)
  bench.pass(0)
  expect(bench.watch.state).toMatchObject({
    state: 'unhealthy',
    reason: 'GET /berth/config: "types" must be a list of texts',
  })
  expect(bench.offered.at(-1)).toEqual([])
})

test('types that the cluster does not take yet are offered again, and it is told', () => {
  const bench = new Bench()
  bench.answers = () => document({ types: ['Cart'] })
  bench.offers = () => 'later'
  bench.pass(2 * offerAgainMs)
  expect(bench.offered).toEqual([['Cart'], ['Cart'], ['Cart']])
  expect(bench.watch.state).toMatchObject({ state: 'up', reason: 'its types: upgrade first' })
  bench.offers = () => 'taken'
  bench.pass(2 * offerAgainMs)
  expect(bench.offered).toHaveLength(4)
  expect(bench.watch.state.reason).toBeNull()
})

test('what becomes of an offer that is not the last one counts for nothing', () => {
  const bench = new Bench()
  bench.offers = () => null
  bench.answers = () => document({ types: ['Cart'] })
  bench.pass(0)
  bench.answers = () => document({ types: ['Order'] })
  bench.watch.reload(bench.now)
  bench.pass(0)
  bench.watch.offered(1, { kind: 'later', detail: 'too late' }, bench.now)
  expect(bench.watch.state.reason).toBeNull()
  expect(bench.watch.nextDueMs).toBe(configEveryMs)
})

test('what is to be read anew while a question is under way is read right behind it', () => {
  const bench = new Bench()
  bench.answers = () => document({ types: ['Cart'] })
  bench.pass(0)
  bench.watch.tick(configEveryMs)
  const [asked] = bench.watch.takeEffects()
  bench.watch.reload(configEveryMs)
  const number = (asked as { readonly number: number }).number
  bench.watch.answered(number, document({ types: ['Cart'] }), configEveryMs + 1)
  expect(bench.watch.nextDueMs).toBe(configEveryMs + 1)
})

test('an answer that comes twice, or to a question of before, counts for nothing', () => {
  const bench = new Bench()
  bench.answers = () => document({ types: ['Cart'] })
  bench.pass(0)
  bench.watch.answered(1, document({ types: ['Odd'] }), 0)
  bench.watch.answered(7, document({ types: ['Odd'] }), 0)
  bench.pass(0)
  expect(bench.offered).toEqual([['Cart']])
})

test('unknown keys are told once', () => {
  const bench = new Bench()
  bench.answers = () => document({ type: 'Cart' })
  bench.pass(0)
  bench.watch.reload(bench.now)
  bench.pass(0)
  const warnings = bench.said.filter((line) => line.startsWith('warn'))
  expect(warnings).toEqual(['warn the configuration of the application has unknown keys'])
})
