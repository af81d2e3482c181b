/** scripts/build.mjs in a project of its own, of two files. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { expect, type TestContext, test } from 'vitest'
import { scratchFolder } from '../support/scratch.js'

const root = new URL('../../', import.meta.url)
/** No process has it: higher than Linux takes. */
const nobody = 2 ** 22 + 1

function project(t: TestContext) {
  const folder = scratchFolder(t)
  mkdirSync(`${folder}/src`)
  for (const name of [
    'scripts/build.mjs',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ]) {
    cpSync(new URL(name, root), `${folder}/${name}`)
  }
  symlinkSync(new URL('node_modules', root), `${folder}/node_modules`)
  const write = (name: string, text: string) => writeFileSync(`${folder}/src/${name}`, text)
  const build = async () => {
    const child = spawn(process.execPath, [`${folder}/scripts/build.mjs`], { stdio: 'ignore' })
    const [code] = await once(child, 'exit')
    return code as number
  }
  return { folder, write, build, read: () => readFileSync(`${folder}/dist/a.js`, 'utf8') }
}

test('a build takes the place of the one before as a whole, or leaves it', async (t) => {
  const { folder, write, build, read } = project(t)
  write('a.ts', 'export const a = 1\n')
  write('b.ts', "export { a } from './a.js'\n")
  expect(await build()).toBe(0)
  expect(read()).toContain('a = 1')
  const made = () => statSync(`${folder}/dist`).ino
  const first = made()
  expect(await build()).toBe(0)
  expect(made()).toBe(first)

  write('a.ts', 'export const a: string = 2\n')
  expect(await build()).not.toBe(0)
  expect(made()).toBe(first)

  // What one that was killed left behind, and one that goes on.
  mkdirSync(`${folder}/dist.new-${nobody}`)
  mkdirSync(`${folder}/dist.new-${process.pid}`)
  write('a.ts', 'export const a = 2\n')
  expect(await Promise.all([build(), build()])).toEqual([0, 0])
  expect(read()).toContain('a = 2')
  const names = readdirSync(folder).filter((name) => name.startsWith('dist'))
  expect(names.sort()).toEqual(['dist', `dist.new-${process.pid}`])
  expect(readdirSync(`${folder}/dist`).filter((name) => /\.js$/.test(name))).toHaveLength(2)
  const last = made()
  expect(await build()).toBe(0)
  expect(made()).toBe(last)
})
