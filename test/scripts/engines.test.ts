/** `npm ci` refuses a Node that any package does not take, also one for tests: .npmrc says so. */
import { readFileSync } from 'node:fs'
import { minVersion, Range, satisfies } from 'semver'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)

interface Locked {
  readonly engines?: { readonly node?: string }
  readonly optional?: boolean
}

test('the least Node of each line that the package takes is taken by all that it needs', () => {
  const read = (name: string) => readFileSync(new URL(name, root), 'utf8')
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Readonly<Record<string, Locked>>
  }
  expect(read('.npmrc')).toMatch(/^engine-strict=true$/m)
  const own = packages['']!.engines!.node!
  expect(own).toBe(JSON.parse(read('package.json')).engines.node)
  const least = own.split('||').map((line) => minVersion(new Range(line))!.version)
  const refused = Object.entries(packages).flatMap(([path, { engines, optional = false }]) => {
    const wrong = least.filter((version) => !satisfies(version, engines?.node ?? '*'))
    // One that is optional is left out where it does not fit.
    return optional ? [] : wrong.map((version) => `${path} refuses ${version}`)
  })
  expect(least).toEqual(['20.19.0', '22.12.0', '24.0.0'])
  expect(refused).toEqual([])
})
