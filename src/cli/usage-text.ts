/** What a person reads of a command line that cannot be read: one line, with what to do. */
import { withoutValue } from '../log/shown-url.js'
import { isNpmStart, typedFlags } from './typed-flags.js'

/**
 * @param text of commander, `error: …`
 * @param command the one that was asked for
 */
export function usageText(
  text: string,
  command: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const [, complaint = ''] = /^(?:error: )?(.*?)\s*$/s.exec(withoutValue(text)) ?? []
  // Most often the flag was forgotten, or npm has kept it.
  const words = complaint.replace(/^(too many arguments for '\w+')\..*/s, (_all, what: string) => {
    const example = command === 'up' ? `, such as ${typedFlags('--port 7500', env)}` : ''
    return `${what}: it takes flags alone${example}`
  })
  return `berth: ${words.replace(/\.$/, '')}. All flags: ${helpOf(command, env)}\n`
}

function helpOf(
  command: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  if (command === 'up' && isNpmStart(env)) return typedFlags('--help', env)
  const own = ['up', 'host', 'certificate'].find((each) => each === command)
  return own === undefined ? 'berth --help' : `berth ${own} --help`
}
