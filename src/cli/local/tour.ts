/** What a person is shown of a cluster that has just come up: what runs where, and what to try. */

import { findOnPath } from '../servers/command.js'
import type { Overview } from './cluster.js'
import { namespace } from './cluster-plan.js'
import type { ClusterWatch } from './cluster-watch.js'
import type { DataFolder } from './data-folder.js'
import { News, type TourActor } from './news.js'
import { type Progress, seconds } from './terminal.js'

/** Says what runs where and what to try, and from then on what changes. */
export async function tour(
  overview: Overview,
  watch: ClusterWatch,
  folder: DataFolder,
  startMs: number,
  { say }: Progress,
): Promise<void> {
  const { hosts } = overview
  const [first, last] = [hosts[0], hosts.at(-1)]
  const type = last?.types.find((one) => first?.types.includes(one)) ?? last?.types[0]
  const [leader, actor] = await Promise.all([
    watch.leader(),
    last === undefined || type === undefined ? null : watch.actorOf(last.address, type),
  ])
  const files = { data: folder.path, logs: folder.file('log') }
  const tookMs = performance.now() - startMs
  say(announce(overview, { ...files, tookMs, leader: `replica ${leader}`, actor }))
  const news = new News(new Map(hosts.map(({ address, title }) => [address, title])), actor)
  for (const { child, address } of hosts) {
    void child.exited.then(() => news.ended(address, performance.now()))
  }
  watch.tell(news, actor, say)
}

interface Facts {
  readonly data: string
  readonly logs: string
  readonly tookMs: number
  /** What leads, as a person calls it; null when it is not known. */
  readonly leader: string | null
  /** One that the last host owns; null when none was found. */
  readonly actor: TourActor | null
}

/** The block that says what runs where, and what to try. */
function announce(overview: Overview, facts: Facts): string {
  const { replicas, hosts, servers, databases } = overview
  const members = [...replicas, ...hosts].map(({ title, address, types, child }) => [
    ...[title, `http://${address}`, `pid ${child.pid}`],
    title === facts.leader ? 'leads' : types.join(', '),
  ])
  const rows = [
    ...members,
    ...servers.map(({ title, url, child }) => [
      ...[title, url, child === null ? 'not ours' : `pid ${child.pid}`],
      url.startsWith('postgres') ? `databases ${databases.join(', ')}` : '',
    ]),
  ]
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((row) => row[i]!.length)))
  const lines = rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
  return [
    `\nBerth is ready, after ${seconds(facts.tookMs)}.\n`,
    ...lines.map((line) => `  ${line.trimEnd()}`),
    `\n  data in ${facts.data}, logs in ${facts.logs}`,
    '\nTry:',
    ...commandsToTry(overview, facts).map((command) => `  ${command}`),
    '\nCtrl-C stops all of it.\n',
  ].join('\n')
}

function commandsToTry({ replicas, hosts }: Overview, { actor }: Facts): readonly string[] {
  const any = replicas[1] ?? replicas[0]!
  const table = get(`${any.address}/v1/namespaces/${namespace}/table`)
  const [first, last] = [hosts[0], hosts.at(-1)]
  if (first === undefined || last === undefined) {
    return [table, get(`${any.address}/v1/cluster`), 'node bin/berth.cjs host --help']
  }
  const { type, id } = actor ?? { type: first.types[0]!, id: '42' }
  const asked = first.types.includes(type) ? first : last
  const runs = actor === null ? '' : `   # ${last.title} runs it`
  const counts = 'the host that runs it counts, whichever host you ask'
  const then = `${last.title}: its actors have new owners soon after, and it is told here`
  return [
    table,
    `${get(`${asked.address}/where/${type}/${id}`)}${runs}`,
    `${get(`${asked.address}/call/${type}/${id}/add`)}   # ${counts}`,
    `kill -9 ${last.child.pid}   # ${then}`,
  ]
}

/** A bare image may lack curl. */
function get(url: string): string {
  if (findOnPath('curl') !== null) return `curl -s ${url}`
  return `node -e "fetch('http://${url}').then((r) => r.text()).then(console.log)"`
}
