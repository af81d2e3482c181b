/**
 * A build of this program that is one version ahead: it knows one more feature level and one more
 * version of each protocol, says more in every message than this one knows, and from its level on
 * takes one command that it does not take before, writes another one with a field more, and has a
 * field more in snapshots. Made of the built files by edits, each of which must hit.
 */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import type { Owner } from './owner.js'
import { root } from './program.js'
import { scratchFolder } from './scratch.js'

interface Edit {
  /** Below dist/. */
  readonly file: string
  readonly from: string
  readonly to: string
}

/** What no receiver knows. */
const more = 'mood: { good: [1, 2] }'

const edits: readonly Edit[] = [
  {
    file: 'versions/versions.js',
    from: 'export const featureLevels = [',
    to: `const these = [`,
  },
  {
    file: 'versions/versions.js',
    from: 'export const oldestFeatureLevel',
    to: `const snapshot = these.at(-1).snapshot + 1;
const digests = { stateDigest: 'berth.state.next', tableDigest: 'berth.table.next' };
export const featureLevels = [...these, { concernsHosts: true, snapshot, ...digests }];
export const oldestFeatureLevel`,
  },
  ...['peerProtocol', 'hostProtocol'].map((name) => ({
    file: 'versions/versions.js',
    from: `${name} = { oldest: 1, newest: 1 }`,
    to: `${name} = { oldest: 1, newest: 2 }`,
  })),
  // Only at the new level.
  {
    file: 'fsm/command-codec.js',
    from: 'drop: [layout(12, { namespace: text, spent: flag })]',
    to: 'drop: [layout(12, { namespace: text, spent: flag }, 2)]',
  },
  // With a field more at the new level.
  {
    file: 'fsm/command-codec.js',
    from: 'cordon: [layout(6, { namespace: text, name: text, cordoned: flag })]',
    to: `cordon: [
        layout(6, { namespace: text, name: text, cordoned: flag }),
        layout(200, { namespace: text, name: text, cordoned: flag, why: text }, 2),
    ]`,
  },
  {
    file: 'replica/leader-requests.js',
    from: "kind: 'cordon', atMs, namespace, name, cordoned }",
    to: "kind: 'cordon', atMs, namespace, name, cordoned, why: 'maintenance' }",
  },
  {
    file: 'fsm/snapshot-writer.js',
    from: "yield ['header', snapshotFormat, version, header];",
    to: `const motto = state.level > 1 ? { motto: 'rising' } : {};
    yield ['header', snapshotFormat, version, { ...header, ...motto }];`,
  },
  {
    file: 'fsm/snapshot-shapes.js',
    from: '...{ registryIndex: count, generationFloor: count },\n}',
    to: '...{ registryIndex: count, generationFloor: count },\n}, { motto: text }',
  },
  // Within a message, and not in the digest.
  {
    file: 'table/member.js',
    from: 'types: typeSet.id }',
    to: `types: typeSet.id, ${more} }`,
  },
  {
    file: 'api/door/subprotocol.js',
    from: 'Buffer.from(JSON.stringify(message))',
    to: `Buffer.from(JSON.stringify({ ...message, ${more} }))`,
  },
  {
    file: 'api/door/subprotocol.js',
    from: 'Buffer.from(encode(message))',
    to: `Buffer.from(encode({ ...message, ${more} }))`,
  },
  {
    file: 'sidecar/replica-socket.js',
    from: 'encode(message)',
    to: `encode({ ...message, ${more} })`,
  },
  {
    file: 'broadcast/order-codec.js',
    from: '[encode(order)]',
    to: `[encode({ ...order, ${more} })]`,
  },
  { file: 'replica/peer-link.js', from: 'encode(frame)', to: `encode({ ...frame, ${more} })` },
  {
    file: 'raft/peers/handshake.js',
    from: 'encode(toFields(introduction))',
    to: `encode({ ...toFields(introduction), ${more} })`,
  },
]

/** @returns full path of its front door */
export function makeNextBuild(owner: Owner): string {
  const folder = scratchFolder(owner)
  for (const name of [
    'bin',
    'dist',
    'migrations',
    'package.json',
    'openapi.yaml',
    'asyncapi.yaml',
  ]) {
    cpSync(`${root}${name}`, `${folder}/${name}`, { recursive: true })
  }
  symlinkSync(`${root}node_modules`, `${folder}/node_modules`)
  for (const { file, from, to } of edits) {
    const path = `${folder}/dist/${file}`
    const text = readFileSync(path, 'utf8')
    if (text.split(from).length !== 2) throw new Error(`${file} has not exactly one "${from}"`)
    writeFileSync(path, text.replace(from, to))
  }
  return `${folder}/bin/berth.cjs`
}
