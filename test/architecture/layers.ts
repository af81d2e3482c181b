/**
 * Which part of `src` may know which other part, and which parts are pure. The place to change when
 * a part is added; `imports.test.ts` holds the sources to it.
 */

/** Folders below `src` and what else below `src` their files may import. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  // Shared by all; pure.
  errors: [],
  versions: [],
  hash: ['errors', 'jobs'],
  jobs: [],
  access: ['errors'],
  wire: ['errors', 'versions', 'hash'],
  table: ['errors', 'versions', 'hash', 'wire', 'jobs'],
  // Shared by all programs; not pure.
  process: ['errors', 'log'],
  log: ['errors'],
  network: [],
  nats: ['errors', 'log', 'network'],
  settings: ['errors', 'wire', 'log'],
  rest: ['errors', 'versions', 'wire', 'log'],
  // The server.
  raft: ['errors', 'versions', 'hash', 'jobs', 'wire', 'log', 'network'],
  fsm: ['errors', 'access', 'versions', 'hash', 'jobs', 'wire', 'table', 'raft'],
  broadcast: ['errors', 'hash', 'jobs', 'wire', 'table', 'fsm', 'raft', 'log', 'network', 'nats'],
  hosts: [
    ...['errors', 'access', 'versions', 'hash', 'jobs', 'wire', 'table', 'fsm', 'raft'],
    ...['broadcast', 'log'],
  ],
  api: [
    ...['errors', 'access', 'versions', 'hash', 'wire', 'table', 'fsm', 'raft', 'hosts'],
    ...['broadcast', 'log', 'rest'],
  ],
  // The composition root: it alone knows all of the server, and nobody knows it.
  replica: [
    ...['errors', 'access', 'versions', 'hash', 'jobs', 'wire', 'table', 'process', 'log'],
    'network',
    ...['raft', 'fsm', 'hosts', 'broadcast', 'api', 'settings'],
  ],
  // Programs beside the server: they know it by its wire alone.
  calls: ['errors', 'versions', 'hash', 'jobs', 'wire', 'table', 'log'],
  // It carries calls by its tables; calls know of those only what they ask.
  sidecar: [
    ...['errors', 'versions', 'hash', 'jobs', 'wire', 'table', 'log', 'network', 'nats'],
    'calls',
  ],
  // Web frameworks whose applications are hosts.
  frameworks: ['errors', 'calls', 'sidecar'],
  // The process around a sidecar: it puts together what the others have.
  'sidecar-process': [
    ...['errors', 'versions', 'jobs', 'wire', 'table', 'process', 'log', 'network'],
    ...['rest', 'settings', 'calls', 'sidecar'],
  ],
  cli: ['errors', 'hash', 'wire', 'table', 'process', 'log', 'network', 'sidecar'],
  dashboard: [],
}

/** Rooms of the composition root and which other rooms of it their files may import. */
export const roomsOfReplica: Readonly<Record<string, readonly string[]>> = {
  settings: [],
  requests: ['settings'],
  machine: ['requests'],
  process: ['settings', 'requests', 'machine'],
  recovery: ['settings', 'machine'],
}

/**
 * Pure parts: they import only pure parts, and know no clock, timer, socket, promise source or
 * random source of their own. A folder stands for all files in it.
 */
export const pureFolders: readonly string[] = [
  ...['src/errors/', 'src/versions/', 'src/hash/', 'src/jobs/', 'src/wire/', 'src/table/'],
  'src/access/',
  ...['src/raft/core/', 'src/raft/node/', 'src/fsm/', 'src/hosts/', 'src/broadcast/'],
  ...['src/sidecar/', 'src/calls/machine/', 'src/log/shown-url.ts'],
  'src/calls/http/call-target.ts',
  ...['src/sidecar-process/application/', 'src/sidecar-process/process/gained-types.ts'],
  ...['src/sidecar-process/api/event-feed.ts', 'src/sidecar-process/api/event-text.ts'],
  ...['src/sidecar-process/api/state-body.ts', 'src/sidecar-process/api/local-state.ts'],
  'src/sidecar-process/api/openapi.generated.ts',
]

/** Files in pure folders that act at the edge instead, each with the reason. */
export const edges: Readonly<Record<string, string>> = {
  'src/broadcast/nats-link.ts': 'the connection of a replica to NATS',
  'src/broadcast/signing.ts': 'makes keys',
  'src/sidecar-process/application/application-asker.ts': 'asks the application over HTTP',
  'src/sidecar/call-binding.ts': 'tells the driver of calls what the driver of the sidecar tells',
  'src/sidecar/connect.ts': 'makes a sidecar with a fresh uuid',
  'src/sidecar/index.ts': 'the public face, with connect',
  'src/sidecar/nats-listener.ts': 'the connection of a sidecar to NATS',
  'src/sidecar/replica-socket.ts': 'the WebSocket of a sidecar',
  'src/sidecar/driver.ts': 'drives the machine with timers and sockets',
  'src/sidecar/open.ts': 'a sidecar in its parts, with connections',
  'src/sidecar/serve.ts': 'a sidecar that takes calls on a port',
  'src/sidecar/sidecar-calls.ts': 'the connections of calls, with their driver',
  'src/sidecar/sidecar.ts': 'answers for the driver, by promises',
  'src/sidecar/signature.ts': 'verifies with keys of node:crypto',
  'src/sidecar/waiters.ts': 'timeouts of callers',
}

/** Packages that compute and do nothing else. */
export const purePackages: readonly string[] = ['ajv', 'hash-wasm', 'msgpackr']

/** Names that stand for the world outside a computation. */
export const impureNames: readonly string[] = [
  ...['Date', 'performance', 'console', 'process', 'crypto', 'fetch', 'WebSocket'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
]

/** Files of more than 400 lines, each with the reason. */
export const longFiles: Readonly<Record<string, string>> = {
  'src/calls/machine/machine.ts': 'all inputs of the machine on one page',
  'src/hosts/leadership.ts': 'all inputs of a leadership on one page',
  'src/hosts/sessions.ts': 'all that a session says and is told on one page',
  'src/raft/node/node.ts': 'how the parts of a replica act together, on one page',
  'src/replica/machine/replica-machine.ts': 'all inputs of a replica on one page',
  'src/sidecar/machine.ts': 'all inputs of the machine on one page',
  'test/broadcast/nats-link.test.ts': 'one link against a real server, whatever that does',
  'test/hosts/sessions.test.ts': 'all that a session says and is told on one page',
  'test/hosts/support/world.ts': 'a whole world on one page',
  'test/replica/support/machine-cluster.ts': 'a whole cluster on one page',
  'test/sidecar-process/api/contract.test.ts': 'all answers that a document names on one page',
  'test/simulation/calls/host.ts': 'a host with its whole edge on one page',
}

export function isPure(path: string): boolean {
  return !Object.hasOwn(edges, path) && pureFolders.some((folder) => path.startsWith(folder))
}
