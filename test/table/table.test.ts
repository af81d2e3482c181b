import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { losers } from '../../src/table/losers.js'
import type { Member } from '../../src/table/member.js'
import { Table } from '../../src/table/table.js'
import { difference, whole } from '../../src/table/table-change.js'
import { encode } from '../../src/wire/msgpack.js'
import { forSeeds } from './seeds.js'
import {
  allTypes,
  byBytes,
  hash,
  makeContext,
  member,
  plainOwner,
  plainRing,
  randomEdit,
  rebuilt,
  tableOf,
  typeSet,
} from './tables.js'

const context = await makeContext()

const cart = typeSet(1, 'Cart')
const both = typeSet(2, 'Cart', 'Order')

/** Held against known digests by the hasher's own tests. */
const blake256 = (...bytes: Uint8Array[]) =>
  Buffer.from(context.hasher.digest256(Buffer.concat(bytes)))

/** The digest as asyncapi.yaml words it, with plain buffers. */
function plainDigest(factor: number, members: readonly Member[]): string {
  const uint32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer)
  const uint64 = (value: number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer)
  const text = (value: string) =>
    Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(value)])
  const digests = members.map(({ name, epoch, appId, cordoned, typeSet: { types } }) => {
    const typesDigest = blake256(uint32(types.length), ...[...types].sort(byBytes).map(text))
    const flag = Buffer.from([cordoned ? 1 : 0])
    return blake256(text(name), uint64(epoch), text(appId), flag, typesDigest)
  })
  const sorted = digests.sort(Buffer.compare)
  const buckets = Array.from({ length: 256 }, (_, first) =>
    blake256(...sorted.filter((digest) => digest[0] === first)),
  )
  const frame = [text('berth.table.2'), uint32(factor), text('blake2b512-le64')]
  return blake256(...frame, uint32(members.length), blake256(...buckets)).toString('base64url')
}

describe('the digest', () => {
  test('follows the byte layout that asyncapi.yaml gives, however the table came about', () => {
    forSeeds(30, (random) => {
      let table = Table.empty(context, { factor: 1 + random.below(200), level: 1 })
      for (let round = 0; round < 8; round += 1) {
        table = randomEdit(random, table, 20, random.pick([1, 30]))
        expect(table.digest).toBe(plainDigest(table.factor, [...table.list()]))
        expect(table.digest).toBe(rebuilt(context, table).digest)
      }
    })
  })

  test('knows large epochs and texts beyond ASCII', () => {
    const members = [
      member('[::1]:5', 2 ** 32 + 7, typeSet(9, 'Ärger', '語', '😀'), { appId: 'größe' }),
      member('b:1', Number.MAX_SAFE_INTEGER, both, { cordoned: true }),
    ]
    expect(tableOf(context, 1, members).digest).toBe(plainDigest(8, members))
  })

  test('is another one when any single thing differs', () => {
    const one = [member('a:1', 5, both), member('b:1', 6, cart)]
    const [first, second] = one as [Member, Member]
    const others = [
      [first],
      [first, { ...second, epoch: 7 }],
      [first, { ...second, appId: 'other' }],
      [first, { ...second, typeSet: both }],
      [first, { ...second, cordoned: true }],
      [first, { ...second, name: 'c:1' }],
    ]
    const digests = [one, ...others].map((members) => tableOf(context, 1, members).digest)
    digests.push(tableOf(context, 1, one, 9).digest)
    expect(new Set(digests).size).toBe(digests.length)
  })

  test('does not depend on generation or type-set ids, which are names and not contents', () => {
    const table = tableOf(context, 1, [member('a:1', 5, typeSet(1, 'Cart'))])
    expect(tableOf(context, 7, [member('a:1', 5, typeSet(4, 'Cart'))]).digest).toBe(table.digest)
  })
})

describe('the owner', () => {
  test('is the one on a ring of the hosts that offer the type and are not cordoned', () => {
    forSeeds(30, (random) => {
      let table = Table.empty(context, { factor: 8, level: 1 })
      for (let round = 0; round < 10; round += 1) {
        table = randomEdit(random, table, 30, random.pick([1, 2, 40]))
        if (random.chance(0.3)) continue
        for (const type of allTypes.filter(() => random.chance(0.7))) {
          const hosts = [...table.list()].filter(
            (host) => !host.cordoned && host.typeSet.types.includes(type),
          )
          const plain = plainRing(
            context.hasher,
            hosts.map(({ name }) => name),
            8,
          )
          for (let i = 0; i < 20; i += 1) {
            const id = `actor-${random.below(1000)}`
            const owner = table.owner(type, id)
            expect(owner?.name).toBe(plainOwner(plain, hash(context.hasher, id)))
            expect(owner).toBe(owner && table.member(owner.name))
          }
        }
      }
    })
  })

  test('of a type that only cordoned members offer is nobody', () => {
    const members = [member('a:1', 1, cart), member('b:1', 2, both, { cordoned: true })]
    const table = tableOf(context, 1, members)
    expect(table.types()).toEqual(['Cart'])
    expect(table.owner('Order', '1')).toBeUndefined()
    expect(table.owner('Cart', '1')?.name).toBe('a:1')
    expect(table.hostOf('Order', 'b:1')).toBeUndefined()
    expect(table.hostOf('Cart', 'a:1')?.epoch).toBe(1)
  })

  test('comes back to the same keys when a cordon is lifted', () => {
    const members = ['a:1', 'b:1', 'c:1'].map((name, i) => member(name, i + 1, both))
    const table = tableOf(context, 1, members)
    const ids = Array.from({ length: 50 }, (_, i) => `${i}`)
    const owners = (of: Table) => ids.map((id) => of.owner('Order', id)?.name)
    const before = owners(table)
    const cordon = (of: Table, cordoned: boolean) =>
      of.edit({
        generation: of.generation + 1,
        upserts: [{ ...members[1]!, cordoned }],
        removes: [],
      })
    const cordoned = cordon(table, true)
    expect(owners(cordoned)).toEqual(
      before.map((name, i) => (name === 'b:1' ? owners(cordoned)[i] : name)),
    )
    expect(owners(cordoned)).not.toContain('b:1')
    expect(cordoned.size).toBe(3)
    expect(owners(cordon(cordoned, false))).toEqual(before)
  })
})

describe('rings', () => {
  const wide = typeSet(1, ...Array.from({ length: 50 }, (_, i) => `Type${i}`))

  test('are shared by all types that have the same hosts', () => {
    const members = [member('a:1', 1, wide), member('b:1', 2, typeSet(2, 'Type0', 'Other'))]
    const table = tableOf(context, 1, members)
    const rings = new Set(wide.types.slice(1).map((type) => table.ring(type)))
    expect(rings.size).toBe(1)
    expect(rings).not.toContain(table.ring('Type0'))
    expect(table.ring('Type0')?.hostCount).toBe(2)
    expect(table.ring('Unknown')).toBeUndefined()
  })

  test('that a change does not touch are the earlier ones themselves', () => {
    const table = tableOf(context, 1, [
      member('a:1', 1, cart),
      member('b:1', 2, typeSet(3, 'Stock')),
    ])
    const [carts, stocks] = [table.ring('Cart'), table.ring('Stock')]
    const next = table.edit({ generation: 2, upserts: [member('c:1', 3, cart)], removes: [] })
    expect(next.ring('Stock')).toBe(stocks)
    expect(next.ring('Cart')).not.toBe(carts)
  })

  test('of one table are not altered by tables made from it', () => {
    const table = tableOf(context, 1, [member('a:1', 1, cart)])
    table.ring('Cart')
    const left = table.edit({ generation: 2, upserts: [member('b:1', 2, cart)], removes: [] })
    const right = table.edit({ generation: 2, upserts: [member('c:1', 3, cart)], removes: ['a:1'] })
    const names = (of: Table) => [...(of.ring('Cart')?.hostList() ?? [])].map(({ name }) => name)
    expect([names(left).sort(), names(right), names(table)]).toEqual([
      ['a:1', 'b:1'],
      ['c:1'],
      ['a:1'],
    ])
  })

  test('change whole when the factor does', () => {
    const table = tableOf(context, 1, [member('a:1', 1, cart)], 8)
    table.ring('Cart')
    const next = table.edit({
      generation: 2,
      shape: { factor: 16, level: 1 },
      upserts: [],
      removes: [],
    })
    expect(next.ring('Cart')?.size).toBe(16)
    expect(next.digest).not.toBe(table.digest)
  })
})

test('a list can be taken up behind any name', () => {
  const names = Array.from({ length: 500 }, (_, i) => `h${i}:1`).sort(byBytes)
  const table = tableOf(
    context,
    1,
    names.map((name, i) => member(name, i + 1, cart)),
  )
  expect([...table.list()].map(({ name }) => name)).toEqual(names)
  expect([...table.list(names[123])].map(({ name }) => name)).toEqual(names.slice(124))
})

describe('1,000 hosts with 50 types each', () => {
  const types = typeSet(1, ...Array.from({ length: 50 }, (_, i) => `Actor.Type.${10 + i}`))
  const members = Array.from({ length: 1000 }, (_, i) =>
    member(`10.0.${i >> 8}.${i & 255}:50002`, 1_000_000 + i, types, { appId: 'shop-checkout' }),
  )

  test('need far less than 64 MB in a sidecar, a running round included', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const megabytes = () => {
      collect()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return (heapUsed + arrayBuffers) / 1e6
    }
    const before = megabytes()
    const table = tableOf(context, 1, members, 100)
    const next = table.edit({ generation: 2, upserts: [member('a:1', 7, types)], removes: [] })
    for (const type of types.types) expect(table.ring(type)).toBe(table.ring(types.types[0]!))
    expect(losers(table, next).length).toBeGreaterThan(50)
    expect(table.ring('Actor.Type.10')?.size).toBe(100_000)
    expect(next.ring('Actor.Type.10')?.size).toBe(100_100)
    expect(megabytes() - before).toBeLessThan(32)
  })

  test('make a whole table below 100 KB and a join below 512 bytes on the wire', () => {
    const table = tableOf(context, 1, members, 100)
    const next = table.edit({ generation: 2, upserts: [member('a:1', 7, types)], removes: [] })
    expect(encode(whole(table)).length).toBeLessThan(100_000)
    expect(encode(difference(table, next)).length).toBeLessThan(512)
  })
})
