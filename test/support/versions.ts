/** Which versions a host of this build names in its hello. */
import { levels } from '../../src/versions/levels.js'
import { hostProtocol } from '../../src/versions/versions.js'

export const versions = { protocol: hostProtocol, levels: levels.range } as const
