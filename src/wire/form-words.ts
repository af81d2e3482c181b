/**
 * What a text should look like, said in words: a pattern is for programs. Each pattern of our
 * schemas has its words beside it, `x-form`; of an address more can be said.
 */
import type { ErrorObject } from 'ajv/dist/2020.js'
import { reachableFault } from './address.js'

/** The keyword beside a pattern. It asks nothing of a value. */
export const formKeyword = 'x-form'

interface Worded {
  readonly [formKeyword]?: string
  readonly 'x-address'?: boolean
}

/**
 * @param error of `pattern` or `x-address`, from a validator that is `verbose`
 * @returns to follow "has not the form", without an end
 */
export function formInWords({ parentSchema, data, params }: ErrorObject): string {
  const { [formKeyword]: form, 'x-address': isAddress } = (parentSchema ?? {}) as Worded
  const words = form ?? String(params.pattern)
  const fault = isAddress === true ? reachableFault(String(data)) : null
  return fault === null ? words : `${words}: ${fault}`
}
