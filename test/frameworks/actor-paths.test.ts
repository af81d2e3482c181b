import { expect, test } from 'vitest'
import { isActorPath } from '../../src/frameworks/actor-paths.js'

const types = ['Cart', 'a/b', 'Größe']

test.for([
  ...['/Cart/42/add', '/Cart', '/Cart?x', '/cart/42', '//Cart/42', '/%43art/42', '/Cart;x=1/42'],
  ...['http://shop/Cart/42', 'HTTPS://a:1/cart/1', '/\\Cart/42', '/Cart\\42', '/a%2Fb/1', 'Cart'],
  ...['/Gr%C3%B6%C3%9Fe/1', '/Größe/1', '/Cart/', '/Cart%2F42'.replace('%2F', '/')],
])('%s is of an actor', (path) => {
  expect(isActorPath(types, path)).toBe(true)
})

test.for([
  ...['/', '', '*', '/carts/42', '/health', '/api/Cart/42', '/?/Cart/42', '/Carte/1', '/%zz/1'],
  ...['/:type/:id', '/v1/call/Cart/42', 'http://Cart/42'],
])('%s is of no actor', (path) => {
  expect(isActorPath(types, path)).toBe(false)
})
