/** What the user gives to be called runs behind the inputs of the machine, never in them. */
import { expect, onTestFinished, test } from 'vitest'
import { type ConnectOptions, connect } from '../../src/sidecar/index.js'
import { eventually } from '../support/eventually.js'
import { lineage, owned } from './support/bench.js'
import { host, welcoming } from './support/welcoming.js'

const owner = { onTestFinished }
/** Whether the machine is on the stack of whoever asks. */
const isInInput = () => String(new Error('here').stack).includes('/sidecar/machine.')

const fence = { kind: 'fence', lineage, epoch: 5, code: 'expired' } as const

async function hosting(options: Partial<ConnectOptions> = {}, fenceAfterMs?: number) {
  const { replica, base } = await welcoming(owner, fenceAfterMs)
  const sidecar = await connect({ replicas: [replica.url], host, nats: false, ...options })
  onTestFinished(() => sidecar.close())
  const hellos = () => replica.heard.filter(({ kind }) => kind === 'hello').length
  return { replica, base, sidecar, hellos }
}

test('closing from onFenced ends the sidecar for good', async () => {
  const { replica, base, sidecar, hellos } = await hosting({}, 500)
  const closed = new Promise<void>((resolve, reject) => {
    sidecar.onFenced(() => {
      sidecar.close().then(resolve, reject)
    })
  })
  // The lease runs out, which a tick finds: it goes on after what the handler does.
  replica.reply = () => undefined
  await closed
  await replica.isLeft()
  expect(sidecar.state().phase).toBe('left')
  expect(hellos()).toBe(1)
  expect(sidecar.owns('Order', owned('a:1', base))).toBe(false)
})

test('leaving from onFenced, and waiting for it there, ends and says what has not stopped', async () => {
  const { replica, sidecar } = await hosting({}, 500)
  const failed = new Promise<unknown>((resolve) => {
    sidecar.onFenced(() => sidecar.leave().catch(resolve))
  })
  replica.say(fence)
  expect(await failed).toMatchObject({
    code: 'not_handed_over',
    message: expect.stringContaining('not confirmed'),
  })
  expect(sidecar.state().phase).toBe('left')
})

test('when onFenced has failed, whoever waits or leaves is told, and nothing is said', async () => {
  const { replica, base, sidecar, hellos } = await hosting()
  sidecar.onFenced(() => Promise.reject(new Error('cannot stop')))
  const told = expect.objectContaining({
    code: 'unavailable',
    message: expect.stringContaining('onFenced failed (cannot stop)'),
  })
  replica.say(fence)
  await eventually('the failure', () => sidecar.state().broken !== null)
  expect(sidecar.describe()).toContain('end this process')
  await expect(sidecar.ready()).rejects.toEqual(told)
  await expect(sidecar.leave()).rejects.toEqual(told)
  expect(sidecar.owns('Order', owned('a:1', base))).toBe(false)
  expect(sidecar.state().phase).toBe('left')
  await replica.isLeft()
  expect(hellos()).toBe(1)
  expect(replica.heard.some(({ kind }) => kind === 'fenced' || kind === 'bye')).toBe(false)
})

test('a leave that is waiting when onFenced fails is told as well', async () => {
  const { replica, sidecar } = await hosting()
  sidecar.onFenced(() => Promise.reject(new Error('cannot stop')))
  const leaving = sidecar.leave()
  replica.say(fence)
  await expect(leaving).rejects.toMatchObject({ code: 'unavailable' })
})

test('a leave is told of a fence that came meanwhile, though all is stopped', async () => {
  const { replica, sidecar } = await hosting()
  const leaving = sidecar.leave()
  replica.say(fence)
  await expect(leaving).rejects.toMatchObject({
    code: 'not_handed_over',
    message: expect.stringContaining('fenced while it left'),
  })
  expect(sidecar.state().phase).toBe('left')
})

test('a leave that another one gave up is told', async () => {
  const { sidecar } = await hosting()
  const other = sidecar.leave()
  const told = expect(other).rejects.toMatchObject({ code: 'not_handed_over' })
  await expect(sidecar.leave({ timeoutMs: 5 })).rejects.toMatchObject({ code: 'timeout' })
  await told
})

test('a leave that was given up says nothing of what may still run', async () => {
  const { replica, sidecar } = await hosting()
  await expect(sidecar.leave({ timeoutMs: 5 })).rejects.toMatchObject({ code: 'timeout' })
  await replica.isLeft()
  expect(replica.heard.some(({ kind }) => kind === 'bye')).toBe(false)
})

test('handlers and log lines come in order, and find what the whole input has left', async () => {
  const seen: unknown[] = []
  const holder: { phase: () => unknown } = { phase: () => null }
  const note = (_: object, message: string) => {
    if (message.startsWith('fenced')) seen.push('log', holder.phase(), isInInput())
  }
  const { replica, sidecar } = await hosting({ log: { info: note, warn: note, error: note } })
  holder.phase = () => sidecar.state().phase
  sidecar.onFenced(({ isFinal }) => {
    seen.push('handler', isFinal, holder.phase(), isInInput())
  })
  replica.say(fence)
  await eventually('the call', () => seen.length >= 7)
  expect(seen).toEqual(['log', 'fencing', false, 'handler', true, 'fencing', false])
})
