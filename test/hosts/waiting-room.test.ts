import { expect, test } from 'vitest'
import type { ProvenHello } from '../../src/hosts/relay-message.js'
import { WaitingRoom, waitingBytesMax, waitingHellosMax } from '../../src/hosts/waiting-room.js'
import { hashOf } from '../support/secrets.js'
import { versions } from '../support/versions.js'

const hello: ProvenHello = {
  ...{
    kind: 'hello',
    ...versions,
    namespace: 'default',
    name: 'a:1',
  },
  instance: '00000000-0000-4000-9000-000000000001',
  secretHash: hashOf('1'),
}
const route = (session: string, replica = 1) => ({ replica, session })

test('hellos are served in the order of their arrival', () => {
  const room = new WaitingRoom()
  for (const session of ['s2', 's1', 's3']) room.add(route(session), hello, 0)
  expect(room.all().map((waiting) => waiting.route.session)).toEqual(['s2', 's1', 's3'])
})

test('a hello that a relay hands over again keeps its place', () => {
  const room = new WaitingRoom()
  const first = room.add(route('s1'), hello, 0)
  room.add(route('s2'), hello, 0)
  expect(room.add(route('s1'), hello, 5)).toBe(first)
  expect(room.size).toBe(2)
  expect(room.all()[0]).toBe(first)
})

test('sessions of two replicas are two, whatever they are called', () => {
  const room = new WaitingRoom()
  room.add(route('s1', 1), hello, 0)
  room.add(route('s1', 2), hello, 0)
  room.remove(route('s1', 1))
  expect(room.all().map((waiting) => waiting.route.replica)).toEqual([2])
})

test('a hello waits only while its session says it again', () => {
  const room = new WaitingRoom()
  room.add(route('s1'), hello, 0)
  room.add(route('s2'), hello, 0)
  room.add(route('s1'), hello, 4_000)
  room.dropSilent(6_000, 6_000)
  expect(room.size).toBe(2)
  room.dropSilent(6_001, 6_000)
  expect(room.all().map((waiting) => waiting.route.session)).toEqual(['s1'])
})

test('a room without room refuses the next hello, and keeps those that are in it', () => {
  const room = new WaitingRoom()
  for (let i = 0; i < waitingHellosMax; i += 1) room.add(route(`s${i}`), hello, 0)
  expect(room.add(route('late'), hello, 5_000)).toBe(null)
  room.add(route('s7'), hello, 5_000)
  room.dropSilent(6_001, 6_000)
  expect(room.all().map((waiting) => waiting.route.session)).toEqual(['s7'])
})

test('a room takes no more bytes than a named limit, whatever the hellos take', () => {
  const room = new WaitingRoom()
  const types = Array.from({ length: 128 }, (_, at) => `${at}`.padEnd(128, 'é'))
  let count = 0
  while (room.add(route(`s${count}`), { ...hello, types }, 0) !== null) count += 1
  expect(room.bytes).toBeLessThanOrEqual(waitingBytesMax)
  expect(count).toBeLessThan(waitingBytesMax / (128 * 2 * 120))
  expect(room.add(route('small'), { ...hello, types: ['Order'] }, 0)).not.toBeNull()
  for (let i = 0; i < count; i += 1) room.remove(route(`s${i}`))
  room.remove(route('small'))
  expect(room.bytes).toBe(0)
})

test('of a name one is to be written at a time; when it goes the others are looked at', () => {
  const room = new WaitingRoom()
  const [first, second, third] = ['s1', 's2', 's3'].map((each) => room.add(route(each), hello, 0)!)
  for (const each of [second!, third!, first!]) room.join(each)
  expect([...room.joining()]).toEqual([second])
  expect(room.nextDue()).toBeNull()
  room.remove(route('s2'))
  expect([...room.joining()]).toEqual([])
  expect([room.nextDue(), room.nextDue(), room.nextDue()]).toEqual([first, third, null])
})

test('who was touched again is looked at from the first on', () => {
  const room = new WaitingRoom()
  const [first, second] = ['s1', 's2'].map((each) => room.add(route(each), hello, 0)!)
  const other = room.add(route('s3'), { ...hello, name: 'b:1' }, 0)!
  room.touch('default', 'a:1')
  expect(room.nextDue()).toBe(first)
  room.touch('default', 'a:1')
  first!.line.lookAgain(500)
  expect([room.nextDue(), room.nextDue(), room.nextDue()]).toEqual([first, second, null])
  room.wake(499)
  expect(room.nextDue()).toBeNull()
  room.wake(500)
  expect([room.nextDue(), room.nextDue(), room.nextDue()]).toEqual([first, second, null])
  room.touchAll()
  expect([room.nextDue(), room.nextDue(), room.nextDue()]).toEqual([first, second, other])
})
