// Which test belongs to which kind. vitest.config.ts makes a project of each kind, scripts/test.mjs
// a phase.
//
//   test/architecture, simulation, e2e, chaos, fuzz,     a kind of their own
//   package
//   all other folders                                    by what the file imports from test/support:
//                                                        `programs` if it starts the built program,
//                                                        `integration` if it uses Postgres or NATS,
//                                                        else `unit`
//
// What a file imports decides, so none is in the wrong place because of its name.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['architecture', 'simulation', 'e2e', 'chaos', 'fuzz', 'package']
const servers = /support\/(database|nats|own-postgres|own-nats)\.js'/
const programs = /support\/(program|local-cluster|replica-process|replicas)\.js'/

export const kinds = [
  ...['architecture', 'unit', 'integration', 'programs'],
  ...['simulation', 'e2e', 'chaos', 'fuzz', 'package'],
]

function kindOf(file) {
  const folder = file.split('/')[1]
  if (folders.includes(folder)) return folder
  const text = readFileSync(root + file, 'utf8')
  if (programs.test(text)) return 'programs'
  return servers.test(text) ? 'integration' : 'unit'
}

/** Paths of all test files by kind, from the root. */
export function testFiles() {
  const found = new Map(kinds.map((kind) => [kind, []]))
  if (!existsSync(`${root}test`)) return found
  for (const name of readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = `test/${name.replaceAll('\\', '/')}`
    if (file.endsWith('.test.ts')) found.get(kindOf(file)).push(file)
  }
  return found
}
