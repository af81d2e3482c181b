/** The log of a replica: JSON lines, or readable ones on a terminal. */
import { isatty } from 'node:tty'
import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { logStream } from '../../log/log-stream.js'
import type { ReplicaSettings } from '../settings/settings-table.js'

export function createLog({
  id,
  cluster,
  logLevel,
  logFormat,
}: Pick<ReplicaSettings, 'id' | 'cluster' | 'logLevel' | 'logFormat'>): Logger {
  const isPretty = logFormat === 'pretty' || (logFormat === 'auto' && isatty(1))
  const options = { level: logLevel, base: { cluster, replica: id } }
  const destination = logStream()
  if (!isPretty) return pino(options, destination)
  const times = { translateTime: 'HH:MM:ss.l' }
  const shape = { colorize: isatty(1), ignore: 'cluster,replica', ...times, destination }
  return pino(options, pretty(shape))
}
