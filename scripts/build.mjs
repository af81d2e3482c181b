// Compiles src/ to dist/. Runs by itself after `npm ci`, and whenever npm prepares the package.
//
// What is built already is left alone. Else the new files are made in a folder beside dist/, which
// then takes its place: dist/ is always whole, whoever runs it or builds at the same time.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const compiler = `${root}node_modules/typescript/bin/tsc`
const dist = `${root}dist`
/** In it stands what it was built from. */
const stamp = 'built-from'

/** Names all that the outcome depends on. */
function fingerprint() {
  const hash = createHash('sha256')
  const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  const paths = sources.filter((name) => name.endsWith('.ts')).map((name) => `src/${name}`)
  const others = ['tsconfig.json', 'tsconfig.build.json', 'node_modules/typescript/package.json']
  for (const path of [...paths.sort(), ...others]) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(root + path))
      .update('\0')
  }
  return hash.digest('hex')
}

function isBuiltFrom(source) {
  try {
    return readFileSync(`${dist}/${stamp}`, 'utf8') === source
  } catch {
    return false
  }
}

function runs(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** What a build that was killed left behind, or one that goes on at this moment: its pid tells. */
function removeLeftovers() {
  for (const name of readdirSync(root)) {
    const [, pid] = /^dist\.(?:new|old)-(\d+)$/.exec(name) ?? []
    if (pid === undefined || runs(Number(pid))) continue
    rmSync(root + name, { recursive: true, force: true })
  }
}

/** Puts the new folder in the place of the old one; somebody else may do so at the same time. */
function takePlace(made, old) {
  for (;;) {
    try {
      renameSync(dist, old)
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
    }
    try {
      renameSync(made, dist)
      break
    } catch (error) {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    }
    rmSync(old, { recursive: true, force: true })
  }
  rmSync(old, { recursive: true, force: true })
}

if (!existsSync(compiler)) {
  console.error('berth: TypeScript is missing, it comes with: npm ci --include=dev')
  process.exit(1)
}
const source = fingerprint()
if (!isBuiltFrom(source)) {
  removeLeftovers()
  const made = `${root}dist.new-${process.pid}`
  const { status } = spawnSync(
    process.execPath,
    [compiler, '-p', `${root}tsconfig.build.json`, '--outDir', made],
    { stdio: 'inherit' },
  )
  if (status !== 0) {
    rmSync(made, { recursive: true, force: true })
    process.exit(status ?? 1)
  }
  writeFileSync(`${made}/${stamp}`, source)
  takePlace(made, `${root}dist.old-${process.pid}`)
}
