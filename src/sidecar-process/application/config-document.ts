/**
 * What an application says of itself at `GET /berth/config`: a JSON object, all of whose keys may
 * be left out. Pure.
 */
import { BerthError } from '../../errors/berth-error.js'
import { type ApplicationChoices, typeNameFault } from './application-choices.js'

const releases = ['each', 'together', 'none'] as const
type Release = (typeof releases)[number]

export interface ApplicationConfig {
  readonly types: readonly string[]
  /** What running calls of keys that move away may still take, in ms; null for the default. */
  readonly drainMs: number | null
  /** An actor without a call for so long leaves, in ms; null for never. */
  readonly idleMs: number | null
  /** Types of which an actor takes one call at a time. */
  readonly turns: readonly string[]
  /** Path that is asked whether it is well; null for none. */
  readonly health: string | null
  /** Whether and how it is told of actors that leave. */
  readonly release: Release
  /** Whether it is told of fences, by `POST /berth/fenced`. */
  readonly fenced: boolean
}

export interface ReadConfig {
  readonly config: ApplicationConfig
  /** Keys that mean nothing, at most 10, each cut at 40 characters. */
  readonly unknown: readonly string[]
}

type Document = Readonly<Record<string, unknown>>

const keys: readonly string[] = [
  ...['types', 'drainMs', 'idleMs', 'turns', 'health', 'release', 'fenced'],
]
/** Timers take no longer time, in ms. */
const timerMsMax = 2 ** 31 - 1
const healthLengthMax = 1_024
/** What of unknown keys is shown. */
const shownMax = 10
const shownLengthMax = 40

/**
 * @param text null where the application has no such document
 * @param choices of flags: they win
 * @param typesFault what is wrong with a list of types; null for nothing
 * @throws BerthError `invalid_config` that names the key
 */
export function readConfig(
  text: string | null,
  choices: ApplicationChoices,
  typesFault: (types: readonly string[]) => string | null,
): ReadConfig {
  const document = text === null ? {} : objectOf(text)
  const said = {
    types: textsOf(document, 'types') ?? [],
    drainMs: numberOf(document, 'drainMs', 0),
    idleMs: numberOf(document, 'idleMs', 1),
    turns: textsOf(document, 'turns') ?? [],
    health: healthOf(document),
    release: releaseOf(document),
    fenced: switchOf(document, 'fenced'),
  }
  const config: ApplicationConfig = {
    ...said,
    types: choices.types ?? said.types,
    drainMs: choices.drainMs ?? said.drainMs,
    idleMs: choices.idleMs ?? said.idleMs,
    turns: choices.turns ?? said.turns,
  }
  const fault = typesFault(config.types) ?? typeNameFault(config.types)
  if (fault !== null) throw wrong(`"types": ${fault}`)
  const missing = config.turns.find((type) => !config.types.includes(type))
  if (missing !== undefined) throw wrong('"turns" has a type that is not among its types')
  const unknown = Object.keys(document).filter((key) => !keys.includes(key))
  const shown = unknown.slice(0, shownMax).map((key) => key.slice(0, shownLengthMax))
  return { config, unknown: shown }
}

function objectOf(text: string): Document {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw wrong('it is not JSON; an application without one answers with 404')
  }
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
    return document as Document
  }
  throw wrong('it is no JSON object')
}

function textsOf(document: Document, key: string): readonly string[] | null {
  const value = readKey(document, key)
  if (value === null) return null
  const isList = Array.isArray(value) && value.every((one) => typeof one === 'string')
  if (!isList) throw wrong(`"${key}" must be a list of texts`)
  return [...new Set(value as string[])]
}

function numberOf(document: Document, key: string, lowest: number): number | null {
  const value = readKey(document, key)
  if (value === null) return null
  if (Number.isInteger(value) && Number(value) >= lowest && Number(value) <= timerMsMax) {
    return value as number
  }
  throw wrong(`"${key}" must be a whole number from ${lowest} to ${timerMsMax}, in ms, or null`)
}

function switchOf(document: Document, key: string): boolean {
  const value = readKey(document, key) ?? false
  if (typeof value !== 'boolean') throw wrong(`"${key}" must be true or false`)
  return value
}

/** In visible ASCII, as a request has it. */
function healthOf(document: Document): string | null {
  const value = readKey(document, 'health')
  if (value === null) return null
  const isPath = typeof value === 'string' && /^\/(?!\/)[!-"$-~]*$/.test(value)
  if (isPath && value.length <= healthLengthMax) return value
  throw wrong('"health" must be a path that begins with one /, percent-encoded')
}

function releaseOf(document: Document): Release {
  const value = readKey(document, 'release') ?? 'each'
  const release = releases.find((one) => one === value)
  if (release === undefined) throw wrong(`"release" must be one of ${releases.join(', ')}`)
  return release
}

/** What is null counts as left out. */
function readKey(document: Document, key: string): unknown {
  return Object.hasOwn(document, key) ? (document[key] ?? null) : null
}

function wrong(detail: string): BerthError {
  return new BerthError('invalid_config', detail)
}
