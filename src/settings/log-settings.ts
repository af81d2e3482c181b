/** How a program logs: the settings that all of them have. */
import { oneOf } from './setting-kinds.js'
import { setting } from './settings-table.js'

export const logSettings = {
  logLevel: setting(
    oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    'log lines of this level and above',
    'info',
  ),
  logFormat: setting(
    oneOf(['auto', 'pretty', 'json']),
    'auto: readable on a terminal, else JSON',
    'auto',
  ),
} as const
