/** The log of a process: JSON lines, or readable ones on a terminal. */
import { isatty } from 'node:tty'
import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { logStream } from './log-stream.js'

export interface ProcessLogOptions {
  readonly logLevel: string
  /** `auto`: readable on a terminal, else JSON. */
  readonly logFormat: 'auto' | 'pretty' | 'json'
}

/** Of a sidecar, whose messages have the state in words. In JSON it is there as a whole. */
const wholeState = 'state'

/** @param base fields of each line; readable lines leave them out */
export function createProcessLog(
  { logLevel, logFormat }: ProcessLogOptions,
  base: Readonly<Record<string, string | number>>,
): Logger {
  const isPretty = logFormat === 'pretty' || (logFormat === 'auto' && isatty(1))
  const options = { level: logLevel, base }
  const destination = logStream()
  if (!isPretty) return pino(options, destination)
  const times = { translateTime: 'HH:MM:ss.l' }
  const ignore = [...Object.keys(base), wholeState].join(',')
  return pino(options, pretty({ colorize: isatty(1), ignore, ...times, destination }))
}
