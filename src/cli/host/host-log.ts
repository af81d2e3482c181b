/** The log of a sample host: a line for people each time. */
import { isatty } from 'node:tty'
import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { logStream } from '../../log/log-stream.js'

export function createHostLog(): Logger {
  const look = { colorize: isatty(1), translateTime: 'HH:MM:ss.l', singleLine: true }
  return pino({ base: null }, pretty({ ...look, destination: logStream() }))
}
