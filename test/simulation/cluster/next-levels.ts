/** The feature levels of a build that is one level ahead of this one. */
import { Levels } from '../../../src/versions/levels.js'
import {
  type FeatureLevel,
  featureLevels,
  oldestFeatureLevel,
} from '../../../src/versions/versions.js'

/** Alters all that a level can alter. */
const nextLevel: FeatureLevel = {
  concernsHosts: true,
  snapshot: 1_001,
  stateDigest: 'berth.state.next',
  tableDigest: 'berth.table.next',
}

export const nextLevels = new Levels([...featureLevels, nextLevel], oldestFeatureLevel)

/** The same, where hosts have no part in what the level alters. */
export const nextLevelsOfReplicas = new Levels(
  [...featureLevels, { ...nextLevel, tableDigest: 'not used', concernsHosts: false }],
  oldestFeatureLevel,
)

/** Of a build that has forgotten the level of this one. */
export const laterLevels = new Levels([...featureLevels, nextLevel], featureLevels.length + 1)
