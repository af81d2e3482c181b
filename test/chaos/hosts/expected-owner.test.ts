import { expect, test } from 'vitest'
import { expectedOwner } from './expected-owner.js'

const hosts = ['node1', 'node2', 'node3', 'node4', 'node5']
const ids = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

test('the owners are those of the published vectors', () => {
  const owners = (factor: number) =>
    ids.map((id) => Number(expectedOwner({ factor, hosts }, id)?.slice('node'.length)))
  expect(owners(100)).toEqual([2, 1, 1, 5, 2, 5, 5, 1, 4, 5])
  expect(owners(1)).toEqual([2, 2, 4, 1, 4, 4, 4, 5, 2, 2])
})

test('without hosts nobody is the owner', () => {
  expect(expectedOwner({ factor: 100, hosts: [] }, '0')).toBeNull()
})
