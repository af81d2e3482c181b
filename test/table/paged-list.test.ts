import { describe, expect, test } from 'vitest'
import { PagedList } from '../../src/table/paged-list.js'
import { forSeeds } from './seeds.js'

describe('a list in pages', () => {
  test('is what a plain list is, and an edit leaves the one before as it was', () => {
    forSeeds(30, (random) => {
      let truth = Array.from({ length: random.below(1500) }, (_, i) => i)
      let list = PagedList.of(truth)
      for (let round = 0; round < 10; round += 1) {
        const [listBefore, truthBefore] = [list, truth]
        truth = [...truth]
        const draft = list.edit()
        for (let i = random.below(40); i > 0; i -= 1) {
          const at = random.below(truth.length + 1)
          const item = random.uint32()
          truth[at] = item
          draft.set(at, item)
          expect([draft.get(at), draft.length]).toEqual([item, truth.length])
        }
        list = draft.finish()
        expect([...list.values()]).toEqual(truth)
        expect(list.length).toBe(truth.length)
        expect(truth.map((_, i) => list.get(i))).toEqual(truth)
        expect([...listBefore.values()]).toEqual(truthBefore)
      }
    })
  })
})
