import { expect, test } from 'vitest'
import type { Entry } from '../../../src/raft/core/entry.js'
import { encodeFrame, parseFrame } from '../../../src/raft/node/frame.js'
import { decode, encode } from '../../../src/wire/msgpack.js'

function appendTo(to: number, entries: readonly Entry[]) {
  const place = { term: 3, prevIndex: 4, prevTerm: 2, commit: 4 }
  const message = { kind: 'append', from: 1, to, ...place, entries } as const
  return { kind: 'raft', message } as const
}

const entryAt = (index: number): Entry => {
  return { index, term: 3, kind: 'command', data: Uint8Array.of(index, 2, 3) }
}

test('a frame comes back as it was, and costs as many bytes as one value', () => {
  for (const count of [0, 1, 15, 16, 17, 70_000]) {
    const entries = Array.from({ length: Math.min(count, 65_536) }, (_, at) => entryAt(at + 5))
    const frame = appendTo(2, entries)
    const bytes = encodeFrame(frame)
    expect(bytes.length).toBe(encode(frame).length)
    const read = parseFrame(decode(bytes)) as typeof frame
    expect({ ...read.message, entries: read.message.entries.length }).toEqual({
      ...frame.message,
      entries: entries.length,
    })
    expect(read.message.entries.at(-1)?.index).toBe(entries.at(-1)?.index)
  }
})

test('what the links carry beside stays as it is', () => {
  const status = { kind: 'status', status: { role: 'leader' } }
  expect(decode(encodeFrame(status))).toEqual(status)
  const more = { ...appendTo(2, [entryAt(5)]), later: [1, 2] }
  expect(decode(encodeFrame(more))).toMatchObject({ kind: 'raft', later: [1, 2] })
})

test('many entries for several peers are encoded once', () => {
  let looks = 0
  const entry: Entry = {
    ...entryAt(5),
    get term() {
      looks += 1
      return 3
    },
  }
  const entries = [entry, ...Array.from({ length: 20 }, (_, at) => entryAt(at + 6))]
  const frames = [2, 3, 4].map((to) => decode(encodeFrame(appendTo(to, entries))))
  expect(looks).toBe(1)
  const read = entries.map(({ index }) => ({ index, term: 3 }))
  expect(frames).toMatchObject([
    { message: { to: 2, entries: read } },
    { message: { to: 3, entries: read } },
    { message: { to: 4, entries: read } },
  ])
})
