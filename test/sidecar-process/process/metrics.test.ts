import { expect, test } from 'vitest'
import { Call } from '../../../src/calls/machine/call.js'
import { MeasureBook } from '../../../src/calls/machine/measure-book.js'
import { createMetrics } from '../../../src/sidecar-process/process/metrics.js'
import { plainArrival } from '../../calls/machine/support/world.js'
import { upState } from '../api/support/test-port.js'

function callThatWaited(waitedMs: number, hop: Call['hop']): Call {
  const call = new Call(1, { ...plainArrival, id: '42' }, 0)
  Object.assign(call, { waitedMs, hop })
  return call
}

test('calls are shown by their ends, by their hops, and by how long they waited', async () => {
  const book = new MeasureBook()
  book.over(callThatWaited(0, 'local'), 'answered')
  book.over(callThatWaited(4, 'remote'), 'answered')
  book.over(callThatWaited(400, 'remote'), 'call_lost')
  book.over(callThatWaited(60_000, 'none'), 'call_moving')
  const calls = () => book.with({ waiting: 1, running: 2, forwarded: 3, actors: 4 })
  const { registry, measure } = createMetrics()
  measure({ calls, state: () => upState })
  const lines = (await registry.metrics())
    .split('\n')
    .filter((line) => /^berth_(call|actors)/.test(line))
  expect(lines.filter((line) => !line.endsWith(' 0'))).toEqual([
    'berth_calls_total{outcome="answered",hop="local"} 1',
    'berth_calls_total{outcome="answered",hop="remote"} 1',
    'berth_calls_total{outcome="call_lost",hop="remote"} 1',
    'berth_calls_total{outcome="call_moving",hop="none"} 1',
    'berth_calls{phase="waiting"} 1',
    'berth_calls{phase="running"} 2',
    'berth_calls{phase="forwarded"} 3',
    'berth_actors 4',
    'berth_call_wait_seconds_bucket{le="0.001"} 1',
    'berth_call_wait_seconds_bucket{le="0.005"} 2',
    'berth_call_wait_seconds_bucket{le="0.02"} 2',
    'berth_call_wait_seconds_bucket{le="0.05"} 2',
    'berth_call_wait_seconds_bucket{le="0.1"} 2',
    'berth_call_wait_seconds_bucket{le="0.25"} 2',
    'berth_call_wait_seconds_bucket{le="0.5"} 3',
    'berth_call_wait_seconds_bucket{le="1"} 3',
    'berth_call_wait_seconds_bucket{le="2.5"} 3',
    'berth_call_wait_seconds_bucket{le="10"} 3',
    'berth_call_wait_seconds_bucket{le="30"} 3',
    'berth_call_wait_seconds_bucket{le="+Inf"} 4',
    'berth_call_wait_seconds_sum 60.404',
    'berth_call_wait_seconds_count 4',
  ])
})
