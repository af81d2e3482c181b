/** The log of a replica: JSON lines, or readable ones on a terminal. */
import { isatty } from 'node:tty'
import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import type { ReplicaSettings } from './settings-table.js'

export function createLog({
  id,
  cluster,
  logLevel,
  logFormat,
}: Pick<ReplicaSettings, 'id' | 'cluster' | 'logLevel' | 'logFormat'>): Logger {
  const isPretty = logFormat === 'pretty' || (logFormat === 'auto' && isatty(1))
  const options = { level: logLevel, base: { cluster, replica: id } }
  if (!isPretty) return pino(options)
  return pino(
    options,
    pretty({ colorize: isatty(1), ignore: 'cluster,replica', translateTime: 'HH:MM:ss.l' }),
  )
}
