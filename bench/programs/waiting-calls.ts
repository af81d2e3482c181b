/**
 * Two hosts in this process, of which one lets go of a thousand actors, and calls that wait for
 * them: --replicas ws://...,... Prints what they cost while they wait, and how long it takes until
 * all are answered.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Sidecar, serve } from '../../src/sidecar/index.js'
import { exitWith } from '../../test/support/exit.js'
import { freePorts } from '../../test/support/ports.js'
import type { WaitingRun } from '../calls/waiting-run.js'

const { values } = parseArgs({
  options: {
    replicas: { type: 'string' },
    repetitions: { type: 'string' },
    calls: { type: 'string' },
    'window-ms': { type: 'string' },
  },
})
const calls = Number(values.calls)
const windowMs = Number(values['window-ms'])
const type = 'Waiting'
const first = await freePorts(2)
const names = [`127.0.0.1:${first}`, `127.0.0.1:${first + 1}`] as const
/** What actors that leave wait for. */
let held: Promise<void> = Promise.resolve()

const start = (name: string) =>
  serve({
    replicas: values.replicas!.split(','),
    host: { name, appId: 'bench', types: [type] },
    application: () => ({ body: 'here' }),
    onLeave: () => held,
    // What waits is to wait for the actors, and not for a deadline.
    drainMs: 1_000,
  })
const caller = await start(names[0])
const other = await start(names[1])

async function idsOf(host: string): Promise<readonly string[]> {
  const ids: string[] = []
  for (let i = 0; ids.length < calls; i += 1) {
    if ((await caller.where(type, `id-${i}`)).host === host) ids.push(`id-${i}`)
  }
  return ids
}

/** CPU of this process while nothing happens, in ms. */
async function windowCpuMs(): Promise<number> {
  const before = process.cpuUsage()
  await delay(windowMs)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

async function repeat(sidecar: Sidecar, ids: readonly string[]) {
  for (const id of ids) await (await sidecar.call(type, id)).text()
  const idleMs = await windowCpuMs()
  let letGo = (): void => undefined
  held = new Promise((resolve) => {
    letGo = resolve
  })
  const withdrawn = other.setTypes([])
  while (sidecar.peek(type, ids[0]!) !== 'moving') await delay(1)
  let answered = 0
  const unlocked = sidecar.where(type, ids[0]!).then(() => performance.now())
  const all = ids.map(async (id) => {
    await (await sidecar.call(type, id)).text()
    answered += 1
  })
  // Once before the window: what is done for each call when it comes has been done.
  await windowCpuMs()
  const waitingMs = await windowCpuMs()
  if (answered > 0) throw new Error('calls were answered before the actors had left')
  letGo()
  const startMs = await unlocked
  await Promise.all(all)
  const outMs = performance.now() - startMs
  await withdrawn
  await other.setTypes([type])
  return { idleMs, waitingMs, outMs }
}

const ids = await idsOf(names[1])
const run = { idleMs: [] as number[], waitingMs: [] as number[], outMs: [] as number[] }
for (let repetition = 0; repetition <= Number(values.repetitions); repetition += 1) {
  const one = await repeat(caller, ids)
  // The first compiles.
  if (repetition === 0) continue
  for (const key of ['idleMs', 'waitingMs', 'outMs'] as const) run[key].push(one[key])
}
console.log(JSON.stringify(run satisfies WaitingRun))
await Promise.all([caller.close(), other.close()])
exitWith(0)
