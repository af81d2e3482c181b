/** What a replica says when it meets a feature level, or a form, that it does not know. */
import { BerthError } from '../errors/berth-error.js'
import type { Levels } from '../versions/levels.js'
import { rangeInWords } from '../versions/range.js'

/** @param what was met, in a sentence without its end */
export function newerVersion(what: string): BerthError {
  return new BerthError(
    'newer_version',
    `${what}: a newer version of Berth wrote it. Start this replica with that version or later.`,
  )
}

/** The cluster is at a level that this build does not know any more, or not yet. */
export function unknownLevel(level: number, levels: Levels): BerthError {
  const known = `this version of Berth knows ${rangeInWords(levels)}`
  if (level > levels.newest)
    return newerVersion(`The cluster is at feature level ${level}, ${known}`)
  const how =
    'Start it with the version before. Once GET /v1/cluster shows a level that this one knows, ' +
    'have it write a snapshot (POST /v1/cluster/snapshot), and start this one.'
  return new BerthError(
    'older_version',
    `The cluster is at feature level ${level}, ${known}. ${how}`,
  )
}
