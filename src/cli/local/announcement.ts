/** The block that says what runs where, and what to try. Pure. */
import type { Overview } from './cluster.js'
import type { TourActor } from './news.js'
import { namespace } from './programs.js'

export interface AnnouncementFacts {
  readonly data: string
  readonly logs: string
  readonly tookMs: number
  /** Whether `curl` is there; a bare image may lack it. */
  readonly hasCurl: boolean
  /** Id of the replica that leads; null when it is not known. */
  readonly leader: number | null
  /** One that the last host owns; null when none was found. */
  readonly actor: TourActor | null
}

type Row = readonly [title: string, address: string, pid: string, note: string]

export function announce(overview: Overview, facts: AnnouncementFacts): string {
  const { postgres, nats, replicas, hosts } = overview
  const pidOf = (child: { readonly pid: number } | undefined) =>
    child === undefined ? 'not ours' : `pid ${child.pid}`
  const rows: readonly Row[] = [
    ...replicas.map(
      ({ id, listen, child }): Row => [
        ...([`replica ${id}`, `http://${listen}`, pidOf(child)] as const),
        id === facts.leader ? 'leads' : '',
      ],
    ),
    ...hosts.map(
      ({ number, name, types, child }): Row => [
        ...([`host ${number}`, `http://${name}`, pidOf(child)] as const),
        types.join(', '),
      ],
    ),
    [nats.title, `nats://${new URL(nats.url).host}`, pidOf(nats.server?.child), ''],
    [
      ...([postgres.title, `postgres://${new URL(postgres.adminUrl).host}`] as const),
      pidOf(postgres.server?.child),
      `databases ${replicas.map(({ id }) => postgres.databaseName(id)).join(', ')}`,
    ],
  ]
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((row) => row[i]!.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [
    `\nBerth is ready, after ${(facts.tookMs / 1000).toFixed(1)} s.\n`,
    ...lines.map((line) => `  ${line}`),
    `\n  data in ${facts.data}, logs in ${facts.logs}`,
    '\nTry:',
    ...commandsToTry(overview, facts).map((command) => `  ${command}`),
    '\nCtrl-C stops all of it.\n',
  ].join('\n')
}

function commandsToTry(overview: Overview, facts: AnnouncementFacts): readonly string[] {
  const { replicas, hosts } = overview
  const any = replicas[1] ?? replicas[0]!
  const get = (url: string) => (facts.hasCurl ? `curl -s ${url}` : getWithNode(url))
  const table = get(`${any.listen}/v1/namespaces/${namespace}/table`)
  const host = hosts[0]
  if (host === undefined) {
    return [table, get(`${any.listen}/v1/cluster`), `node bin/berth.cjs host --help`]
  }
  const last = hosts.at(-1)!
  const { type, id } = facts.actor ?? { type: host.types[0], id: '42' }
  const runs = facts.actor === null ? '' : `   # host ${last.number} runs it`
  const asked = host.types.includes(type ?? '') ? host.name : last.name
  const then = `host ${last.number}: its actors have new owners soon after, and it is told here`
  return [
    table,
    `${get(`${asked}/where/${type}/${id}`)}${runs}`,
    `kill -9 ${last.child.pid}   # ${then}`,
  ]
}

function getWithNode(url: string): string {
  return `node -e "fetch('http://${url}').then((r) => r.text()).then(console.log)"`
}
