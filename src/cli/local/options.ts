/** What `berth up` is told, checked before anything is started. */
import { resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { BerthError } from '../../errors/berth-error.js'
import { isEncoded } from '../../log/shown-url.js'
import { utf8Bytes } from '../../wire/utf8-bytes.js'
import { parseWholeNumber } from '../../wire/whole-number.js'
import { type Env, isNpmStart, typedFlags } from '../typed-flags.js'

export interface UpOptions {
  /** Number of replicas; null: as many as the data folder was made with, else three. */
  readonly replicas: number | null
  /** Number of sample hosts, 0 to 20. */
  readonly hosts: number
  /** First of the ports that are used; see cluster-plan.ts. */
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
/** Postgres takes no longer paths than 1,024, and makes some within. In bytes of UTF-8. */
export const folderBytesMax = 512

/** @throws InvalidArgumentError, as all that read the value of a flag */
export function parseReplicas(text: string): number {
  const count = parseWholeNumber(text)
  if (count !== undefined && replicaCounts.includes(count)) return count
  const why = 'an even number tolerates no more failures than one less'
  throw new InvalidArgumentError(`It must be 1, 3, 5 or 7: ${why}.`)
}

export function parseHosts(text: string): number {
  return parseNumber(text, 0, hostsMax)
}

export function parsePort(text: string): number {
  return parseNumber(text, 1024, 65_000)
}

function parseNumber(text: string, min: number, max: number): number {
  const number = parseWholeNumber(text)
  if (number !== undefined && number >= min && number <= max) return number
  throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`)
}

export function parseFolder(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must name a folder.')
  const path = resolve(text)
  if (utf8Bytes(path) <= folderBytesMax) return path
  throw new InvalidArgumentError(`Its whole path must have at most ${folderBytesMax} bytes.`)
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

function checkUrl(
  flag: string,
  text: string,
  protocols: readonly string[],
  example: string,
): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isRight = url !== null && protocols.includes(url.protocol) && url.hostname !== ''
  if (isRight && isEncoded(text)) return text
  const fault = isRight
    ? 'is not percent-encoded (a space is %20).'
    : `must have the form ${example}`
  throw new BerthError('invalid_config', `${flag}: what was given ${fault}`)
}

/**
 * Flags that npm took for its own, as in `npm start --fresh`.
 * @throws BerthError `invalid_config`: they would be ignored without a word
 */
export function refuseFlagsOfNpm(env: Env): void {
  if (!isNpmStart(env)) return
  const names = ['fresh', 'port', 'replicas', 'hosts', 'data', 'nats-url', 'postgres-url']
  const taken = names.find((name) => env[`npm_config_${name.replace('-', '_')}`] !== undefined)
  if (taken === undefined) return
  const right = typedFlags(`--${taken}${taken === 'fresh' ? '' : ' <value>'}`, env)
  const detail = `npm has kept --${taken} for itself. Write it behind two dashes: ${right}`
  throw new BerthError('invalid_config', detail)
}
