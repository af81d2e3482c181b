import { describe, expect, test } from 'vitest'
import { DigestSet } from '../../src/hash/digest-set.js'
import { createHasher } from '../../src/hash/hasher.js'
import { forSeeds, type Random } from '../table/seeds.js'

const hasher = await createHasher()

const blake256 = (...bytes: Uint8Array[]) => hasher.digest256(Buffer.concat(bytes))

function anyDigest(random: Random): Uint8Array {
  const digest = hasher.digest256(Uint8Array.from({ length: 8 }, () => random.below(256)))
  // Some share their bucket, and some of those all bytes but the last.
  if (random.chance(0.5)) digest[0] = 7
  if (random.chance(0.2)) digest.fill(7, 0, 31)
  return digest
}

/** As asyncapi.yaml words it. */
function plain(digests: readonly Uint8Array[]): Uint8Array {
  const sorted = digests.map((bytes) => Buffer.from(bytes)).sort(Buffer.compare)
  const buckets = Array.from({ length: 256 }, (_, first) =>
    blake256(...sorted.filter(([byte]) => byte === first)),
  )
  return blake256(...buckets)
}

const keyOf = (digest: Uint8Array) => Buffer.from(digest).toString('hex')

function setOf(digests: readonly Uint8Array[]): DigestSet {
  const draft = DigestSet.empty().change()
  for (const digest of digests) draft.add(digest)
  return draft.finish()
}

describe('a set of digests', () => {
  test('has the digest of its contents, whatever was put in and taken out, and in which order', () => {
    forSeeds(60, (random) => {
      let set = DigestSet.empty()
      const contents = new Map<string, Uint8Array>()
      for (let round = 0; round < 6; round += 1) {
        const draft = set.change()
        for (let i = random.below(40); i > 0; i -= 1) {
          const old = [...contents.values()]
          const digest = random.chance(0.4) && old.length > 0 ? random.pick(old) : anyDigest(random)
          if (contents.delete(keyOf(digest))) draft.remove(digest)
          else {
            contents.set(keyOf(digest), digest)
            draft.add(digest)
          }
        }
        set = draft.finish()
        expect(set.digest(hasher)).toEqual(plain([...contents.values()]))
      }
      expect(setOf(random.shuffle([...contents.values()])).digest(hasher)).toEqual(
        set.digest(hasher),
      )
    })
  })

  test('a change leaves the set that it began from as it was', () => {
    const [a, b] = [hasher.digest256(Uint8Array.of(1)), hasher.digest256(Uint8Array.of(2))]
    const before = setOf([a])
    const draft = before.change()
    draft.add(b)
    draft.remove(a)
    expect(draft.finish().digest(hasher)).toEqual(plain([b]))
    expect(before.digest(hasher)).toEqual(plain([a]))
  })

  test('without a change in effect it is the same set', () => {
    const [a, b] = [hasher.digest256(Uint8Array.of(1)), hasher.digest256(Uint8Array.of(2))]
    const before = setOf([a])
    const draft = before.change()
    draft.add(b)
    draft.remove(a)
    draft.add(a)
    draft.remove(b)
    expect(draft.finish()).toBe(before)
  })

  test('what is there does not come, and what is not there does not go', () => {
    const bytes = (last: number) => new Uint8Array(32).fill(last, 31)
    const cases: [
      string,
      readonly Uint8Array[],
      (draft: ReturnType<DigestSet['change']>) => void,
    ][] = [
      ['comes twice', [bytes(1)], (draft) => draft.add(bytes(1))],
      ['goes from nothing', [], (draft) => draft.remove(bytes(1))],
      ['goes and is another', [bytes(1), bytes(3)], (draft) => draft.remove(bytes(2))],
      ['goes behind all', [bytes(1)], (draft) => draft.remove(bytes(2))],
    ]
    for (const [name, contents, change] of cases) {
      const draft = setOf(contents).change()
      change(draft)
      expect(() => draft.finish(), name).toThrow('a digest')
    }
    const draft = DigestSet.empty().change()
    draft.add(bytes(1))
    draft.add(bytes(1))
    expect(() => draft.finish()).toThrow('twice')
  })

  test('a change hashes the buckets that it touches, and nothing else', () => {
    const digests = Array.from({ length: 5_000 }, (_, i) =>
      hasher.digest256(new TextEncoder().encode(`${i}`)),
    )
    const set = setOf(digests)
    set.digest(hasher)
    let hashed = 0
    const counting = {
      ...hasher,
      digest256: (bytes: Uint8Array) => {
        hashed += 1
        return hasher.digest256(bytes)
      },
    }
    const draft = set.change()
    draft.remove(digests[17]!)
    draft.finish().digest(counting)
    expect(hashed).toBe(2)
  })
})

describe('a digest that cannot be forged', () => {
  // A sum of digests can: among many candidates, those with a given sum are found in seconds.
  test('sets whose digests have the same sum have different digests', () => {
    const low = (value: number) => {
      const digest = new Uint8Array(32)
      new DataView(digest.buffer).setUint32(28, value, true)
      return digest
    }
    const one = setOf([low(1), low(4)])
    const other = setOf([low(2), low(3)])
    expect(one.digest(hasher)).not.toEqual(other.digest(hasher))
  })
})
