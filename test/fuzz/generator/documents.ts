/** The documents of the product, as plain trees. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { root } from '../../support/program.js'
import type { Tree } from './schema.js'

/** asyncapi.yaml; what stands in it twice by an anchor is there twice. */
export function asyncapi(): Tree {
  return JSON.parse(JSON.stringify(parse(readFileSync(`${root}asyncapi.yaml`, 'utf8')))) as Tree
}
