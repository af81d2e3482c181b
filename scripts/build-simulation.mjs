// Compiles src/, test/simulation/ and what that needs to dist-sim/, for runs without a test runner:
// file by file and without a look at types, which `npm run check` sees to. What has not changed
// stays.
//
//   buildSimulation(to, patched)   `patched`: texts by path that take the place of the files'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['src', 'test/simulation', 'test/linearizability']
const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
const { ESNext: module } = ts.ModuleKind
const { Bundler: moduleResolution } = ts.ModuleResolutionKind
const compilerOptions = {
  ...options,
  module,
  moduleResolution,
  noEmit: false,
  inlineSourceMap: true,
}

function sources() {
  return folders.flatMap((folder) =>
    readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.ts') && !/\.(d|test)\.ts$/.test(path)),
  )
}

function emit(target, path, text) {
  const fileName = root + path
  const { outputText } = ts.transpileModule(text, { compilerOptions, fileName })
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, outputText)
}

export function buildSimulation(to = `${root}dist-sim/`, patched = new Map()) {
  for (const path of sources()) {
    const target = to + path.replace(/\.ts$/, '.js')
    const changed = patched.get(path)
    if (changed !== undefined) emit(target, path, changed)
    else if (!existsSync(target) || statSync(target).mtimeMs <= statSync(root + path).mtimeMs) {
      emit(target, path, readFileSync(root + path, 'utf8'))
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildSimulation()
