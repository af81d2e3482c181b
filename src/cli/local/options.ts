/** What `berth up` is told, checked before anything is started. */
import { resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { BerthError } from '../../errors/berth-error.js'
import { isEncoded } from '../../log/shown-url.js'
import { utf8Bytes } from '../../wire/utf8-bytes.js'
import { parseWholeNumber } from '../../wire/whole-number.js'
import { isNpmStart, typedFlags } from './typed-flags.js'

export interface UpOptions {
  /** Number of replicas; null: as many as the data folder was made with, else three. */
  readonly replicas: number | null
  /** Number of sample hosts, 0 to 20. */
  readonly hosts: number
  /** First of the ports that are used; see port-plan.ts. */
  readonly port: number
  /** Folder for all state, absolute. */
  readonly data: string
  readonly fresh: boolean
  /** A NATS server that runs already. */
  readonly natsUrl: string | null
  /** A Postgres server that runs already, with a user who may create databases. */
  readonly postgresUrl: string | null
}

export const replicaCounts: readonly number[] = [1, 3, 5, 7]
export const hostsMax = 20
export const portMin = 1024
export const portMax = 65_000
/** Postgres takes no longer paths than 1,024, and makes some within. In bytes of UTF-8. */
export const folderBytesMax = 512

/** @throws InvalidArgumentError */
export function parseReplicas(text: string): number {
  const count = parseWholeNumber(text)
  if (count === undefined || !replicaCounts.includes(count)) {
    throw new InvalidArgumentError(
      'It must be 1, 3, 5 or 7: an even number tolerates no more failures than one less.',
    )
  }
  return count
}

/** @throws InvalidArgumentError */
export function parseHosts(text: string): number {
  const count = parseWholeNumber(text)
  if (count === undefined || count > hostsMax) {
    throw new InvalidArgumentError(`It must be a number from 0 to ${hostsMax}.`)
  }
  return count
}

/** @throws InvalidArgumentError */
export function parsePort(text: string): number {
  const port = parseWholeNumber(text)
  if (port === undefined || port < portMin || port > portMax) {
    throw new InvalidArgumentError(`It must be a number from ${portMin} to ${portMax}.`)
  }
  return port
}

/** @throws BerthError `invalid_config`; it does not show what was given, which may be a secret */
export function parseNatsUrl(text: string): string {
  return checkUrl('--nats-url', text, ['nats:', 'tls:'], 'nats://127.0.0.1:4222')
}

/** @throws BerthError `invalid_config`; it does not show what was given, which may be a secret */
export function parsePostgresUrl(text: string): string {
  const example = 'postgres://user:password@127.0.0.1:5432/postgres'
  return checkUrl('--postgres-url', text, ['postgres:', 'postgresql:'], example)
}

/** @throws InvalidArgumentError */
export function parseFolder(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must name a folder.')
  const path = resolve(text)
  if (utf8Bytes(path) > folderBytesMax) {
    throw new InvalidArgumentError(`Its whole path must have at most ${folderBytesMax} bytes.`)
  }
  return path
}

/**
 * Flags that npm took for its own, as in `npm start --fresh`.
 * @throws BerthError `invalid_config`: they would be ignored without a word
 */
export function refuseFlagsOfNpm(env: Readonly<Record<string, string | undefined>>): void {
  if (!isNpmStart(env)) return
  const names = ['fresh', 'port', 'replicas', 'hosts', 'data', 'nats-url', 'postgres-url']
  const taken = names.find((name) => env[`npm_config_${name.replace('-', '_')}`] !== undefined)
  if (taken === undefined) return
  const right = typedFlags(`--${taken}${taken === 'fresh' ? '' : ' <value>'}`, env)
  const detail = `npm has kept --${taken} for itself. Write it behind two dashes: ${right}`
  throw new BerthError('invalid_config', detail)
}

function checkUrl(
  flag: string,
  text: string,
  protocols: readonly string[],
  example: string,
): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !protocols.includes(url.protocol) || url.hostname === '') {
    throw new BerthError('invalid_config', `${flag}: what was given must have the form ${example}`)
  }
  if (isEncoded(text)) return text
  const detail = `${flag}: what was given is not percent-encoded (a space is %20).`
  throw new BerthError('invalid_config', detail)
}
