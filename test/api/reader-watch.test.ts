/** Who counts as a reader, and how much it is seen to take. */
import { describe, expect, test } from 'vitest'
import {
  fragmentBytesMax,
  givenBytesMax,
  PacedSender,
  windowBytes,
} from '../../src/api/door/paced-sender.js'
import { ReaderWatch } from '../../src/api/door/reader-watch.js'

const limits = { bufferedBytesMax: 1_000, notReadingAfterMs: 10_000 }

describe('a reader', () => {
  test('that takes a little now and then is one, however much waits and for however long', () => {
    const watch = new ReaderWatch(limits, 0)
    for (let i = 1; i <= 1_000; i += 1) {
      expect(watch.look(900, i, i * 9_999)).toBe('reads')
    }
  })

  test('that takes nothing for the time is none, not a moment sooner', () => {
    const watch = new ReaderWatch(limits, 0)
    watch.look(0, 50, 5_000)
    expect(watch.look(10, 50, 14_999)).toBe('reads')
    expect(watch.look(10, 50, 15_000)).toBe('takes_nothing')
  })

  test('for whom nothing waits may be idle for ever', () => {
    const watch = new ReaderWatch(limits, 0)
    expect(watch.look(0, 0, 1e9)).toBe('reads')
    expect(watch.look(1, 0, 1e9 + 9_999)).toBe('reads')
    expect(watch.look(1, 0, 1e9 + 10_000)).toBe('takes_nothing')
  })

  test('has a bound on what waits, which one message alone may exceed', () => {
    const watch = new ReaderWatch(limits, 0)
    expect(watch.look(0, 0, 0, 5_000)).toBe('reads')
    expect(watch.look(5_000, 0, 1, 0)).toBe('too_much_waits')
    expect(watch.look(900, 4_100, 2, 100)).toBe('reads')
    expect(watch.look(900, 4_100, 3, 101)).toBe('too_much_waits')
  })
})

/** A WebSocket whose other side takes one fragment at a time, when it is told to. */
class OtherSide {
  readonly OPEN = 1 as const
  readyState = 1 as const
  /** Fragments, and how often each message ended. */
  readonly given: { readonly bytes: Uint8Array; readonly fin: boolean }[] = []
  readonly #taking: (() => void)[] = []
  ping: (data: Buffer) => void = () => undefined

  send = (...[bytes, options, done]: unknown[]) => {
    this.given.push({ bytes: bytes as Uint8Array, fin: (options as { fin: boolean }).fin })
    this.#taking.push(done as () => void)
  }

  take(): boolean {
    const done = this.#taking.shift()
    done?.()
    return done !== undefined
  }

  /** The messages, put together. */
  messages(): string[] {
    const messages = ['']
    for (const { bytes, fin } of this.given) {
      messages.push(`${messages.pop()}${Buffer.from(bytes).toString('latin1')}`)
      if (fin) messages.push('')
    }
    return messages.slice(0, -1)
  }
}

describe('what is sent', () => {
  const begin = () => {
    const other = new OtherSide()
    const clock = { nowMs: 0 }
    const sender = new PacedSender(other as never, true, () => clock.nowMs)
    other.ping = (data) => void sender.pong(data)
    return { other, sender, clock }
  }

  /** Over a way on which a pong takes its time: the test says when it comes. */
  const beginFar = () => {
    const { other, sender, clock } = begin()
    const pings: Buffer[] = []
    other.ping = (data) => void pings.push(data)
    sender.send([Buffer.alloc(1_000 * fragmentBytesMax)])
    const drain = () => {
      const before = other.given.length
      while (other.take());
      return other.given.length - before
    }
    return { other, sender, clock, pings, drain }
  }

  test('comes as it was, in order, whatever the sizes of its pieces', () => {
    const { other, sender } = begin()
    const sizes = [[0], [1], [fragmentBytesMax, 0], [5, 3 * fragmentBytesMax + 1, 7], [2]]
    const texts = sizes.map((pieces, i) => pieces.map((size) => String(i).repeat(size)))
    for (const pieces of texts) sender.send(pieces.map((text) => Buffer.from(text)))
    while (other.take());
    expect(other.messages()).toEqual(texts.map((pieces) => pieces.join('')))
    expect(sender.waitingBytes).toBe(0)
    expect(sender.takenBytes).toBe(sizes.flat().reduce((sum, size) => sum + size, 0))
  })

  test('of a large message is seen to be taken by fragments, and the socket has few of them', () => {
    const { other, sender } = begin()
    sender.send([Buffer.alloc(200 * fragmentBytesMax)])
    for (let taken = 0; taken < 200; taken += 1) {
      expect(sender.takenBytes).toBe(taken * fragmentBytesMax)
      expect(sender.waitingBytes).toBe((200 - taken) * fragmentBytesMax)
      expect((other.given.length - taken) * fragmentBytesMax).toBeLessThanOrEqual(givenBytesMax)
      other.take()
    }
    expect([other.take(), sender.waitingBytes]).toEqual([false, 0])
  })

  test('is given out before the end', () => {
    const { other, sender } = begin()
    let ended = 0
    sender.send([Buffer.alloc(4 * fragmentBytesMax)])
    sender.end(() => {
      ended += 1
    })
    other.take()
    expect(ended).toBe(0)
    while (other.take());
    expect([ended, other.given.length]).toEqual([1, 4])
    begin().sender.end(() => {
      ended += 1
    })
    expect(ended).toBe(2)
  })

  test('is on its way in part only, however much the buffers there take, and has come with a pong', () => {
    const { sender, pings, drain } = beginFar()
    drain()
    const window = windowBytes.first / fragmentBytesMax
    expect(pings.length).toBe(window)
    expect(sender.takenBytes).toBe(0)
    expect(sender.pong(pings[1]!)).toBe(true)
    expect(sender.takenBytes).toBe(2 * fragmentBytesMax)
    expect([
      sender.pong(pings[1]!),
      sender.pong(Buffer.alloc(4)),
      sender.pong(Buffer.alloc(0)),
    ]).toEqual([false, false, false])
  })

  test('fills a way that is fast, and waits on one that is slow', () => {
    const inFlight = (pongMs: number) => {
      const { clock, pings, sender, drain } = beginFar()
      let most = 0
      for (let turn = 0; turn < 8; turn += 1) {
        drain()
        most = pings.length * fragmentBytesMax
        clock.nowMs += pongMs
        sender.pong(pings.at(-1)!)
        pings.length = 0
      }
      return most
    }
    expect(inFlight(200)).toBe(windowBytes.most)
    expect(inFlight(500)).toBe(windowBytes.first)
    expect(inFlight(3_000)).toBe(windowBytes.least)
  })
})
