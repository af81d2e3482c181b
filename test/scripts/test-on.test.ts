/** `npm run test:on`, with an npm that is made up: what it fetches tells how it was started. */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startProcess } from '../support/process.js'
import { scratchFolder } from '../support/scratch.js'

const script = new URL('../../scripts/test-on.mjs', import.meta.url).pathname
const nodePackage = `node-${process.platform}-${process.arch}`

interface Run {
  readonly code: number | null
  readonly lines: readonly string[]
  /** Names in the cache folder. */
  readonly kept: readonly string[]
}

async function testOn(
  args: readonly string[],
  env: Record<string, string> = {},
  cache = scratchFolder({ onTestFinished }),
): Promise<Run> {
  const started = startProcess({ onTestFinished }, process.execPath, [script, ...args], {
    // npm may well use what is deprecated.
    env: { XDG_CACHE_HOME: cache, NODE_OPTIONS: null, ...env },
  })
  const { code } = await started.exited
  return { code, lines: started.lines, kept: readdirSync(cache, { recursive: true }).map(String) }
}

/** A PATH with an npm that knows these versions; what it installs says what it was told. */
function madeUpNpm(versions: readonly string[], says = '$2'): Record<string, string> {
  const folder = scratchFolder({ onTestFinished })
  const node = `#!/bin/sh
if [ "$1" = --version ]; then echo v${says}; exit; fi
echo "$(command -v node) runs $*"
exit 3
`
  writeFileSync(join(folder, 'made-up-node'), node)
  const npm = `#!/bin/sh
if [ "$1" = view ]; then echo '${JSON.stringify(versions)}'; exit; fi
bin="$3/node_modules/${nodePackage}/bin"
mkdir -p "$bin"
for last; do case $last in ${nodePackage}@*) version=\${last#*@};; esac; done
sed "s/\\$2/$version/" ${folder}/made-up-node > "$bin/node"
`
  writeFileSync(join(folder, 'npm'), npm)
  chmodSync(join(folder, 'npm'), 0o755)
  return { PATH: `${folder}:${process.env.PATH}` }
}

test('the newest release is fetched once, is first on PATH and runs what `npm test` takes', async (t) => {
  const cache = scratchFolder(t)
  const env = madeUpNpm(['26.9.0', '26.12.1', '26.10.3'])
  const place = `${cache}/berth/node-26.12.1-${process.platform}-${process.arch}`
  const node = `${place}/node_modules/${nodePackage}/bin/node`
  const tests = script.replace('test-on', 'test')
  const last = ['Tests on Node 26.12.1.', `${node} runs ${tests} --again --without chaos`]
  const args = ['26', '--again', '--without', 'chaos']
  const first = await testOn(args, env, cache)
  expect(first.lines).toEqual([
    `fetching Node 26.12.1 (the npm package ${nodePackage}) into ${place}`,
    ...last,
  ])
  expect(first.code).toBe(3)
  expect((await testOn(args, env, cache)).lines).toEqual(last)
  const { lines } = await testOn(args, { npm_config_registry: 'http://127.0.0.1:1' }, cache)
  expect(lines).toEqual(last)
})

test('what is no version, or too old, is refused in one sentence with the remedy', async () => {
  for (const [given, reason] of [
    ['', 'which Node?'],
    ['abc', '"abc" is no version of Node.'],
    ['26.x', '"26.x" is no version of Node.'],
    ['19', 'Node 19 is older than Berth takes (20.19).'],
    ['20.18.3', 'Node 20.18.3 is older than Berth takes (20.19).'],
  ] as const) {
    const { code, lines } = await testOn(given === '' ? [] : [given])
    expect(lines).toEqual([`npm run test:on: ${reason} Say one: npm run test:on -- 26`])
    expect(code).toBe(1)
  }
})

test('a Node that npm has not, or that does not run here, is told in one sentence', async (t) => {
  const registry = createServer((_request, response) => void response.writeHead(404).end('{}'))
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  t.onTestFinished(() => void registry.close())
  const { port } = registry.address() as AddressInfo
  const remedy = 'Put a Node that you have first on PATH, and run: npm test'
  const kind = `${process.platform}-${process.arch}`
  const none = `npm run test:on: npm has no Node 99 for ${kind} (package ${nodePackage}). ${remedy}`
  for (const env of [{ npm_config_registry: `http://127.0.0.1:${port}` }, madeUpNpm([])]) {
    const { code, lines } = await testOn(['99'], env)
    expect(lines).toEqual([none])
    expect(code).toBe(1)
  }
  const other = await testOn(['26'], madeUpNpm(['26.1.0'], '18.0.0'))
  const foreign = `npm run test:on: Node 26.1.0 of npm does not run here. ${remedy}`
  expect(other.lines.slice(1)).toEqual([foreign])
  expect(other.kept).toEqual(['berth'])
})

test('without a network, or without npm, one sentence says so', async (t) => {
  const away = await testOn(['26'], { npm_config_registry: 'http://127.0.0.1:1' })
  expect(away.lines).toHaveLength(1)
  expect(away.lines[0]).toMatch(/which Node 26 there is: .*ECONNREFUSED.* Try again with a network/)
  const empty = join(scratchFolder(t), 'bin')
  mkdirSync(empty)
  const alone = await testOn(['26'], { PATH: empty })
  expect(alone.lines).toHaveLength(1)
  expect(alone.lines[0]).toMatch(/which Node 26 there is: npm: .*ENOENT.* and run: npm test$/)
  const unmade = await testOn(['26'], { XDG_CACHE_HOME: '/proc/none' })
  expect(unmade.lines).toHaveLength(1)
  expect(unmade.lines[0]).toMatch(
    /cache folder cannot be made \(.*\). Name another: XDG_CACHE_HOME$/,
  )
})
