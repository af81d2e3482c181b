/** The settings of a replica as an operator would give them, for tests that change some. */
import { readCommandLine } from '../../../src/replica/settings/command-line.js'
import {
  checkConfiguration,
  type ReplicaConfiguration,
} from '../../../src/replica/settings/configuration.js'

/** What has no default. */
export const givenFlags = [
  ...['--id', '1', '--peers', '1=127.0.0.1:7410,2=127.0.0.1:7411,3=127.0.0.1:7412'],
  ...['--postgres-url', 'postgres://berth@127.0.0.1/r1', '--nats-url', 'nats://127.0.0.1:4222'],
] as const

/** The configuration of these flags on top of `givenFlags`; a later flag wins. */
export function configurationOf(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ReplicaConfiguration {
  const settings = readCommandLine([...givenFlags, ...flags], environment, () => undefined)
  if (settings === null) throw new Error('help was asked for')
  return checkConfiguration(settings)
}
