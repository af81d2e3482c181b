/**
 * A build of this program that is one version ahead: it knows one more feature level and one more
 * version of each protocol, says more in every message than this one knows, and from its level on
 * takes one command that it does not take before, writes another one with a field more, and has a
 * field more in snapshots. Made of the built files by edits, each of which must hit.
 */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { levels } from '../../src/versions/levels.js'
import { hostProtocol, peerProtocol } from '../../src/versions/versions.js'
import { applyEdits, type Edit } from '../simulation/mutants/mutant.js'
import type { Owner } from './owner.js'
import { root } from './program.js'
import { scratchFolder } from './scratch.js'

/** Its newest feature level. */
const further = levels.newest + 1

/** What no receiver knows. */
const more = 'mood: { good: [1, 2] }'

/** Of files below dist/. */
const edits: readonly Edit[] = [
  {
    file: 'versions/versions.js',
    find: 'export const featureLevels = [',
    replace: `const these = [`,
  },
  {
    file: 'versions/versions.js',
    find: 'export const oldestFeatureLevel',
    replace: `const snapshot = these.at(-1).snapshot + 1;
const digests = { stateDigest: 'berth.state.next', tableDigest: 'berth.table.next' };
export const featureLevels = [...these, { concernsHosts: true, snapshot, ...digests }];
export const oldestFeatureLevel`,
  },
  ...[
    { name: 'peerProtocol', newest: peerProtocol.newest },
    { name: 'hostProtocol', newest: hostProtocol.newest },
  ].map(({ name, newest }) => ({
    file: 'versions/versions.js',
    find: `${name} = { oldest: 1, newest: ${newest} }`,
    replace: `${name} = { oldest: 1, newest: ${newest + 1} }`,
  })),
  // Only at the new level.
  {
    file: 'fsm/command-codec.js',
    find: 'drop: [layout(12, { namespace: text, spent: flag })]',
    replace: `drop: [layout(12, { namespace: text, spent: flag }, ${further})]`,
  },
  // With a field more at the new level.
  {
    file: 'fsm/command-codec.js',
    find: 'cordon: [layout(6, { namespace: text, name: text, cordoned: flag })]',
    replace: `cordon: [
        layout(6, { namespace: text, name: text, cordoned: flag }),
        layout(200, { namespace: text, name: text, cordoned: flag, why: text }, ${further}),
    ]`,
  },
  {
    file: 'replica/requests/leader-requests.js',
    find: "kind: 'cordon', atMs, namespace, name, cordoned }",
    replace: "kind: 'cordon', atMs, namespace, name, cordoned, why: 'maintenance' }",
  },
  {
    file: 'fsm/snapshot-writer.js',
    find: "yield ['header', snapshotFormat, version, header];",
    replace: `const motto = state.level > ${levels.newest} ? { motto: 'rising' } : {};
    yield ['header', snapshotFormat, version, { ...header, ...motto }];`,
  },
  {
    file: 'fsm/snapshot-shapes.js',
    find: '...{ registryIndex: count, generationFloor: count },\n}',
    replace: '...{ registryIndex: count, generationFloor: count },\n}, { motto: text }',
  },
  // Within a message, and not in the digest.
  {
    file: 'table/member.js',
    find: 'types: typeSet.id }',
    replace: `types: typeSet.id, ${more} }`,
  },
  {
    file: 'api/door/subprotocol.js',
    find: 'Buffer.from(JSON.stringify(message))',
    replace: `Buffer.from(JSON.stringify({ ...message, ${more} }))`,
  },
  {
    file: 'api/door/subprotocol.js',
    find: 'Buffer.from(encode(message))',
    replace: `Buffer.from(encode({ ...message, ${more} }))`,
  },
  {
    file: 'sidecar/replica-socket.js',
    find: 'encode(message)',
    replace: `encode({ ...message, ${more} })`,
  },
  {
    file: 'broadcast/order-codec.js',
    find: '[encode(order)]',
    replace: `[encode({ ...order, ${more} })]`,
  },
  {
    file: 'replica/process/peer-link.js',
    find: 'encode(frame)',
    replace: `encode({ ...frame, ${more} })`,
  },
  {
    file: 'raft/node/identity/handshake.js',
    find: 'encode(helloFields(hello))',
    replace: `encode({ ...helloFields(hello), ${more} })`,
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
    'sidecar.openapi.yaml',
  ]) {
    cpSync(`${root}${name}`, `${folder}/${name}`, { recursive: true })
  }
  symlinkSync(`${root}node_modules`, `${folder}/node_modules`)
  const dist = (file: string) => `${folder}/dist/${file}`
  const edited = applyEdits(edits, (file) => readFileSync(dist(file), 'utf8'))
  for (const [file, text] of edited) writeFileSync(dist(file), text)
  return `${folder}/bin/berth.cjs`
}
