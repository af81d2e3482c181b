/** Light hosts in a process of their own: --urls ws://...,ws://...; asked over its IPC channel. */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Fleet, type RoundSeen } from '../hosts/fleet.js'
import type { FleetAnswer, FleetRequest } from '../hosts/fleet-messages.js'
import { NatsEcho } from '../hosts/nats-echo.js'

const { values } = parseArgs({
  options: { urls: { type: 'string' }, namespace: { type: 'string', default: 'default' } },
})
const fleet = new Fleet(values.urls!.split(','), values.namespace)
const echoes: NatsEcho[] = []
/** About as long as an order of one host. */
const order = 'x'.repeat(400)

/** @returns how long all turns took, in ms */
async function echo(nats: string, turns: number): Promise<number> {
  const [known] = echoes
  const own = known ?? (await NatsEcho.start(nats))
  if (known === undefined) echoes.push(own)
  while (own.size < fleet.size) await own.add(nats)
  let ms = 0
  for (let turn = 0; turn < turns; turn += 1) ms += await own.turn(order)
  return ms
}

async function act(request: FleetRequest): Promise<RoundSeen | number | null> {
  switch (request.kind) {
    case 'grow':
      await fleet.grow(request.count)
      return null
    case 'round':
      return await fleet.round(request.joins)
    case 'replace':
      return await fleet.replace(request.count)
    case 'idle':
      await delay(request.ms)
      return null
    case 'table':
      return await fleet.tableBytes()
    case 'echo':
      return await echo(request.nats, request.turns)
    default:
      return request satisfies never
  }
}

process.on('message', async (request: FleetRequest) => {
  const before = process.cpuUsage()
  let done: RoundSeen | number | null = null
  let error: string | null = null
  try {
    done = await act(request)
  } catch (failure) {
    error = String(failure)
  }
  const { user, system } = process.cpuUsage(before)
  const odd = [...fleet.odd]
  const round = typeof done === 'number' ? null : done
  const value = typeof done === 'number' ? done : 0
  process.send!({ round, value, cpuMs: (user + system) / 1_000, odd, error } satisfies FleetAnswer)
})
process.on('disconnect', () => process.exit(0))
process.send!('ready')
