// `npm run test:on -- 26 [what npm test takes]`: the tests on another Node than this one. Its
// program comes out of an npm package, once, into the cache folder; whatever the tests start is run
// by it too. Without a network the newest one that is in the cache already is taken.
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const least = [20, 19]
const kind = `${process.platform}-${process.arch}`
const npmPackage = `node-${kind}`
const byHand = 'Put a Node that you have first on PATH, and run: npm test'

class Refusal extends Error {}

/** @throws Refusal: one sentence */
function refuse(sentence) {
  throw new Refusal(sentence)
}

const partsOf = (version) => version.split('.').map(Number)

/** As `<`, `===` and `>` of the first part that differs. */
function compare(one, other) {
  const at = one.findIndex((part, i) => part !== (other[i] ?? part))
  return at < 0 ? 0 : one[at] - other[at]
}

/** @returns such as `26` or `24.22.1`, all of it numbers */
function readVersion(text) {
  const example = 'Say one: npm run test:on -- 26'
  if (text === '') refuse(`which Node? ${example}`)
  if (!/^\d{1,4}(\.\d{1,4}){0,2}$/.test(text)) refuse(`"${text}" is no version of Node. ${example}`)
  if (compare(partsOf(text), least) >= 0) return text
  return refuse(`Node ${text} is older than Berth takes (${least.join('.')}). ${example}`)
}

/** Runs npm to its end. Gives its output, or the code and the words of its error. */
function npm(...args) {
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=500', '--fetch-timeout=60000']
  const options = [...patience, '--json', '--no-update-notifier']
  const { status, stdout, stderr, error } = spawnSync('npm', [...args, ...options], {
    encoding: 'utf8',
  })
  if (error !== undefined) return { code: error.code, words: `npm: ${error.message}` }
  if (status === 0) return { stdout }
  try {
    const { code, summary } = JSON.parse(stdout).error
    return { code, words: summary.split('\n')[0] }
  } catch {
    const lines = stderr.trim().split('\n')
    return { code: null, words: lines[0]?.replace(/^npm (error|ERR!) /, '') || `exit ${status}` }
  }
}

const newestOf = (versions) =>
  versions
    .filter((version) => compare(partsOf(version), least) >= 0)
    .sort((one, other) => compare(partsOf(one), partsOf(other)))
    .at(-1)

/** The newest release of what was asked for: from the registry, else from the cache. */
function findVersion(wanted, cache) {
  const answer = npm('view', `${npmPackage}@${wanted}`, 'version')
  if (answer.stdout !== undefined || answer.code === 'E404') {
    const found = newestOf([JSON.parse(answer.stdout || '[]')].flat())
    if (found !== undefined) return found
    refuse(`npm has no Node ${wanted} for ${kind} (package ${npmPackage}). ${byHand}`)
  }
  const kept = readdirSync(cache)
    .map((name) => new RegExp(`^node-(\\d+\\.\\d+\\.\\d+)-${kind}$`).exec(name)?.[1] ?? '')
    .filter((version) => `${version}.`.startsWith(`${wanted}.`))
  const found = newestOf(kept)
  if (found !== undefined) return found
  const remedy = `Try again with a network, or so: ${byHand}`
  return refuse(`npm does not tell which Node ${wanted} there is: ${answer.words}. ${remedy}`)
}

/** Beside the nats-server that the tests fetch; made if need be. */
function cacheFolder() {
  const { XDG_CACHE_HOME: base, HOME: home = homedir() } = process.env
  const parent = base?.startsWith('/') ? base : join(home, '.cache')
  const folder = join(parent, 'berth')
  try {
    for (const one of [parent, folder]) if (!existsSync(one)) mkdirSync(one, { mode: 0o700 })
    const { uid, mode } = lstatSync(folder)
    if (uid === process.geteuid() && (mode & 0o022) === 0) return folder
  } catch (error) {
    refuse(`the cache folder cannot be made (${error.message}). Name another: XDG_CACHE_HOME`)
  }
  return refuse(`others can write into the cache folder ${folder}. Name another: XDG_CACHE_HOME`)
}

/** Whether this program runs here, as the version that it should be. */
const runs = (file, version) =>
  spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout?.trim() === `v${version}`

/** Folder that holds `node` of this version alone. */
function fetchNode(version, cache) {
  const place = join(cache, `node-${version}-${kind}`)
  const folder = join(place, 'node_modules', npmPackage, 'bin')
  if (runs(join(folder, 'node'), version)) return folder
  const making = `${place}.making-${process.pid}`
  try {
    console.log(`fetching Node ${version} (the npm package ${npmPackage}) into ${place}`)
    mkdirSync(making)
    const exact = `${npmPackage}@${version}`
    const done = npm('install', '--prefix', making, '--ignore-scripts', '--no-audit', exact)
    if (done.stdout === undefined) {
      refuse(`Node ${version} cannot be fetched: ${done.words}. ${byHand}`)
    }
    const made = join(making, 'node_modules', npmPackage, 'bin', 'node')
    chmodSync(made, 0o755)
    if (!runs(made, version)) refuse(`Node ${version} of npm does not run here. ${byHand}`)
    rmSync(place, { recursive: true, force: true })
    renameSync(making, place)
    return folder
  } catch (error) {
    if (error instanceof Refusal) throw error
    return refuse(`Node ${version} cannot be kept in ${place}: ${error.message}. Make room there.`)
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
}

/** Runs `npm test` by that Node, with what it is told. */
function runTests(folder, args) {
  const env = { ...process.env, PATH: [folder, process.env.PATH].join(delimiter) }
  // What npm says of its own Node.
  for (const name of ['NODE', 'npm_node_execpath']) delete env[name]
  const command = [`${root}scripts/test.mjs`, ...args]
  const tests = spawn(join(folder, 'node'), command, { env, stdio: 'inherit' })
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => tests.kill(name))
  tests.on('close', (code) => {
    process.exitCode = code ?? 1
  })
}

try {
  const [given = '', ...args] = process.argv.slice(2)
  const wanted = readVersion(given.replace(/^v/, ''))
  const cache = cacheFolder()
  const version = findVersion(wanted, cache)
  const folder = fetchNode(version, cache)
  console.log(`Tests on Node ${version}.`)
  runTests(folder, args)
} catch (error) {
  console.error(`npm run test:on: ${error instanceof Refusal ? error.message : error.stack}`)
  process.exitCode = 1
}
