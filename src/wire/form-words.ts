/**
 * What a text should look like, said in words: a pattern is for programs. Each pattern of our
 * schemas has its words beside it, `x-form`; of an address more can be said.
 */
import type { ErrorObject } from 'ajv/dist/2020.js'
import { alsoOfPeers, reachableFault } from './address.js'

/** The keyword beside a pattern. It asks nothing of a value. */
export const formKeyword = 'x-form'

interface Worded {
  readonly [formKeyword]?: string
  readonly 'x-address'?: boolean
  readonly 'x-peer-address'?: boolean
}

/**
 * @param error of `pattern`, `x-address` or `x-peer-address`, from a validator that is `verbose`
 * @returns to follow "has not the form", without an end
 */
export function formInWords({ parentSchema, data, params }: ErrorObject): string {
  const schema = (parentSchema ?? {}) as Worded
  const { [formKeyword]: form, 'x-address': isAddress, 'x-peer-address': isOfPeer } = schema
  const words = form ?? String(params.pattern)
  const isOne = isAddress === true || isOfPeer === true
  const fault = isOne ? reachableFault(String(data), isOfPeer ? alsoOfPeers : '') : null
  return fault === null ? words : `${words}: ${fault}`
}
