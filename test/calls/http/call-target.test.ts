import { describe, expect, test } from 'vitest'
import { composeCallTarget, readCallTarget } from '../../../src/calls/http/call-target.js'

describe('the target of a call', () => {
  test('names the actor, and goes on as it came', () => {
    expect(readCallTarget('/v1/call/Cart/42/add?n=1&m=%41')).toEqual({
      type: 'Cart',
      id: '42',
      path: '/Cart/42/add?n=1&m=%41',
      restAt: '/Cart/42'.length,
    })
  })

  test.for([
    ['/v1/call/Cart/42', '42', '/Cart/42'],
    ['/v1/call/Cart/42/', '42', '/Cart/42/'],
    ['/v1/call/Cart/42?x=/a/b', '42', '/Cart/42?x=/a/b'],
    ['/v1/call/Cart/a%2Fb/c', 'a/b', '/Cart/a%2Fb/c'],
    ['/v1/call/Cart/a%2fb', 'a/b', '/Cart/a%2fb'],
    ['/v1/call/Cart/%252F', '%2F', '/Cart/%252F'],
    ['/v1/call/Cart/a%20b+c', 'a b+c', '/Cart/a%20b+c'],
    ['/v1/call/Cart/%25', '%', '/Cart/%25'],
    ['/v1/call/Cart/%3F%23%5C', '?#\\', '/Cart/%3F%23%5C'],
    ['/v1/call/Cart/%E8%BB%8A/%E8', '車', '/Cart/%E8%BB%8A/%E8'],
    ['/v1/call/Cart/%00', '\0', '/Cart/%00'],
    ['/v1/call/Cart/..a/...', '..a', '/Cart/..a/...'],
    ['/v1/call/Cart/a..%2F', 'a../', '/Cart/a..%2F'],
    ['/v1/call/Cart/a%3Bb/x;y', 'a;b', '/Cart/a%3Bb/x;y'],
    ['http://127.0.0.1:3600/v1/call/Cart/42/x', '42', '/Cart/42/x'],
  ])('%s is of actor "%s"', ([target, id, path]) => {
    expect(readCallTarget(target as string)).toMatchObject({ type: 'Cart', id, path })
  })

  test.for([512, 1_024])('may have an id of %i bytes', (bytes) => {
    expect(readCallTarget(`/v1/call/Cart/${'%41'.repeat(bytes)}`).id).toBe('A'.repeat(bytes))
    expect(readCallTarget(`/v1/call/Cart/${'%C3%A9'.repeat(bytes / 2)}`).id).toBe(
      'é'.repeat(bytes / 2),
    )
  })

  test.for([
    ['/v1/call/Cart', 'no id'],
    ['/v1/call/Cart?/42', 'no id'],
    ['/v1/call/Cart/', 'id of the actor is empty'],
    ['/v1/call/Cart//x', 'id of the actor is empty'],
    ['/v1/call//42', 'type of the actor is empty'],
    ['/v1/call/Cart/%', 'percent-encoding'],
    ['/v1/call/Cart/%4', 'percent-encoding'],
    ['/v1/call/Cart/%GG', 'percent-encoding'],
    ['/v1/call/Cart/%FF', 'percent-encoding'],
    ['/v1/call/Cart/%C0%AF', 'percent-encoding'],
    ['/v1/call/Cart/%ED%A0%80', 'percent-encoding'],
    ['/v1/call/%C3/42', 'type of the actor is not valid'],
    ['/v1/call/Cart/\xff', 'Percent-encode'],
    ['/v1/call/Cart/ä', 'Percent-encode'],
    [`/v1/call/Cart/${'a'.repeat(1_025)}`, 'at most 1024 bytes'],
    [`/v1/call/Cart/${'%C3%A9'.repeat(513)}`, 'at most 1024 bytes'],
    ['/v1/call/Cart/42#x', '%23'],
    ['/v1/call/Cart/a;b/x', 'semicolon in the id of an actor as %3B'],
    ['/v1/call/Cart;v=1/a', 'semicolon in the type of an actor as %3B'],
    ['/v1/call/Cart/42\\..\\43', '%5C'],
    ['/v1/call/Cart/a b', 'Percent-encode'],
  ])('%s is refused: %s', ([target, why]) => {
    expect(() => readCallTarget(target as string)).toThrow(why)
  })

  test.for([
    '/v1/call/Cart/..',
    '/v1/call/../42',
    '/v1/call/Cart/./x',
    '/v1/call/Cart/42/../43/add',
    '/v1/call/Cart/42/%2e%2E/43/add',
    '/v1/call/Cart/42/.%2e',
    '/v1/call/Cart/42/x/.',
    '/v1/call/Cart/42/..;/43',
    '/v1/call/Cart/42/%2e%2e;x/43',
    '/v1/call/Cart/42/.%3Bx',
    '/v1/call/Cart/42/..%2F43',
    '/v1/call/Cart/42/%2e%2e%5c43',
    '/v1/call/Cart/..%2f43',
    '/v1/call/Cart/42%2F..',
    '/v1/call/Cart/42%5C../43',
    '/v1/call/Cart/42/a%5c%2E%2E',
  ])('%s could be read as another actor, and is refused', (target) => {
    expect(() => readCallTarget(target)).toThrow('"." or ".."')
  })

  test('is not read where a path is of something else', () => {
    expect(() => readCallTarget('/v1/calls/Cart/42')).toThrow('/v1/call/{type}/{id}')
    expect(() => readCallTarget('*')).toThrow('/v1/call/{type}/{id}')
  })

  test('of a query is left as it is, dots and backslashes too', () => {
    expect(readCallTarget('/v1/call/Cart/42?a=\\&b=/../').path).toBe('/Cart/42?a=\\&b=/../')
  })
})

describe('the target that is made of a type and an id', () => {
  test.for(['a/b', '%2F', 'ä 車', '?#\\', '\0', 'a'.repeat(512)])('reads back: %s', (id) => {
    const { path } = composeCallTarget('Cart', id, '/add?x=1')
    expect(readCallTarget(`/v1/call${path}`)).toMatchObject({ type: 'Cart', id })
  })

  test('is the same for a name without a path, whichever way it is made', () => {
    for (const id of ['42', 'a_b~c-d', 'a.b', 'ä', 'a/b', '9'.repeat(1_024)]) {
      const { path, restAt } = composeCallTarget('Cart', id, '')
      expect(readCallTarget(`/v1/call${path}`)).toEqual({ type: 'Cart', id, path, restAt })
    }
    expect(() => composeCallTarget('Cart', '9'.repeat(1_025), '')).toThrow('1024 bytes')
  })

  test('is refused for what has no path', () => {
    expect(() => composeCallTarget('Cart', '..', '')).toThrow('"." or ".."')
    expect(() => composeCallTarget('Cart', '\ud800', '')).toThrow('well-formed')
    expect(() => composeCallTarget('Cart', '42', 'add')).toThrow('begins with "/"')
    expect(() => composeCallTarget('Cart', '42', '/a b')).toThrow('Percent-encode')
    expect(() => composeCallTarget('Cart', '', '')).toThrow('empty')
  })
})
