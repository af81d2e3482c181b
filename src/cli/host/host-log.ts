/** The log of a sample host: a line for people each time. */
import { isatty } from 'node:tty'
import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { logStream } from '../../log/log-stream.js'

/** Of pino itself; and of a sidecar, whose messages have the state in words. */
const leftOut = ['level', 'time', 'msg', 'state']

export function createHostLog(): Logger {
  const look = { colorize: isatty(1), translateTime: 'HH:MM:ss.l', hideObject: true }
  return pino({ base: null }, pretty({ ...look, messageFormat, destination: logStream() }))
}

/** What is said, and behind it what else stands in the line, without the marks of JSON. */
function messageFormat(line: Readonly<Record<string, unknown>>): string {
  const others = Object.entries(line).filter(([name]) => !leftOut.includes(name))
  return [String(line.msg), ...others.map(([name, value]) => `${name} ${words(value)}`)].join(', ')
}

function words(value: unknown): string {
  if (Array.isArray(value)) return value.map(words).join(' ')
  if (typeof value !== 'object' || value === null) return String(value)
  const { message } = value as { readonly message?: unknown }
  return typeof message === 'string' ? message : JSON.stringify(value)
}
