/** Metrics of the host WebSocket. Labels come from closed sets: no name of a host is ever one. */
import { Counter, Gauge, type Registry } from 'prom-client'
import { closeCodes } from './host-connection.js'

/** Codes that have a series of their own: ours, and the usual ones of RFC 6455. */
const knownCodes: ReadonlySet<number> = new Set([
  ...[1000, 1001, 1002, 1005, 1006, 1007, 1008, 1009, 1011],
  ...Object.values<number>(closeCodes),
])

export interface DoorMetrics {
  opened(): void
  closed(code: number): void
  received(kind: string): void
  /** A slow reader was dropped. */
  slow(): void
}

/** @param sessions how many are open now */
export function createDoorMetrics(registry: Registry, sessions: () => number): DoorMetrics {
  const registers = [registry]
  new Gauge({
    name: 'berth_host_connections',
    help: 'Open host WebSockets of this replica.',
    registers,
    collect() {
      this.set(sessions())
    },
  })
  const opened = new Counter({
    name: 'berth_host_connections_opened_total',
    help: 'Host WebSockets that were accepted.',
    registers,
  })
  const closed = new Counter({
    name: 'berth_host_connections_closed_total',
    help: 'Host WebSockets that ended, by close code.',
    labelNames: ['code'],
    registers,
  })
  const received = new Counter({
    name: 'berth_host_messages_received_total',
    help: 'Valid messages of hosts, by kind.',
    labelNames: ['kind'],
    registers,
  })
  const slow = new Counter({
    name: 'berth_host_connections_slow_total',
    help: 'Host WebSockets that were dropped because they did not read.',
    registers,
  })
  return {
    opened: () => opened.inc(),
    closed: (code) => closed.inc({ code: knownCodes.has(code) ? String(code) : 'other' }),
    received: (kind) => received.inc({ kind }),
    slow: () => slow.inc(),
  }
}
