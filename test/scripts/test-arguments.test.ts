import { expect, test } from 'vitest'
import { readArguments } from '../../scripts/test-arguments.mjs'

const names = ['build', 'unit', 'e2e', 'lint and types']
const read = (...args: string[]) => readArguments(args, names)

test('without a word all phases run, with names these and the build', () => {
  expect(read()).toEqual({ again: false, chosen: names, fault: null })
  expect(read('e2e', '--again')).toEqual({ again: true, chosen: ['build', 'e2e'], fault: null })
  const without = read('--without', 'e2e', '--without', 'unit', '--without', 'build')
  expect(without).toEqual({ again: false, chosen: ['build', 'lint and types'], fault: null })
})

test('a phase that is not there is refused with those that are', () => {
  for (const args of [['e3e'], ['--agian'], ['--without'], ['--without', '--again']]) {
    const { fault } = read(...args)
    expect(fault).toContain(`there is no phase "${args.at(-1) === '--without' ? '' : args.at(-1)}"`)
    expect(fault).toMatch(/: build, unit, e2e, 'lint and types'$/)
  }
})
