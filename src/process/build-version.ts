/** The version of this build, as package.json says it. */
import { readFileSync } from 'node:fs'

export function readBuildVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
