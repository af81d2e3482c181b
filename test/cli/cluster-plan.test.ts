import { expect, test } from 'vitest'
import {
  actorTypes,
  type MemberPlan,
  neededPorts,
  planHosts,
  planPorts,
  planReplicas,
} from '../../src/cli/local/cluster-plan.js'
import { replicaCounts } from '../../src/cli/local/options.js'

/** What stands behind a flag on a command line. */
const flag = ({ command }: MemberPlan, name: string): string =>
  command.args[command.args.indexOf(name) + 1] ?? ''

const ports = planPorts(7400)
const surroundings = {
  replicaUrl: (replica: number) => `postgres://berth@127.0.0.1:7432/berth_${replica}`,
  passwordFile: '/data/pgpass',
  natsUrl: 'nats://127.0.0.1:7422',
  natsUrlFile: null,
}

test('ports follow from the base: REST, peers, NATS, Postgres, hosts', () => {
  expect([ports.rest(1), ports.rest(3), ports.peer(1), ports.peer(3)]).toEqual([
    ...[7400, 7402, 7410, 7412],
  ])
  expect([ports.nats, ports.postgres, ports.host(1), ports.host(5)]).toEqual([
    ...[7422, 7432, 7450, 7454],
  ])
})

test('no two uses of the largest cluster share a port', () => {
  const own = { nats: true, postgres: true }
  const needed = neededPorts(ports, { replicas: 7, hosts: 20 }, own).map(({ port }) => port)
  expect(new Set(needed).size).toBe(7 + 7 + 2 + 20)
  expect(Math.max(...needed)).toBeLessThan(7470)
})

test('servers of the user need no port of ours', () => {
  const own = { nats: false, postgres: false }
  const uses = neededPorts(ports, { replicas: 1, hosts: 0 }, own).map(({ use }) => use)
  expect(uses).toEqual(['REST of replica 1', 'peers of replica 1'])
})

test('every replica knows all peers, and has a database of its own', () => {
  for (const count of replicaCounts) {
    const replicas = planReplicas(count, ports, surroundings)
    const urls = replicas.map((replica) => flag(replica, '--postgres-url'))
    expect(new Set(urls).size).toBe(count)
    for (const one of replicas) expect(flag(one, '--peers').split(',')).toHaveLength(count)
  }
})

test('two hosts or more, and one, have all actor types between them', () => {
  const replicas = planReplicas(3, ports, surroundings)
  for (const count of [1, 2, 5, 20]) {
    const hosts = planHosts(count, ports, replicas)
    expect(new Set(hosts.flatMap(({ types }) => types))).toEqual(new Set(actorTypes))
    for (const { types } of hosts) expect(types).toEqual([...types].sort())
  }
})

test('hosts prefer different replicas, and know them all', () => {
  const hosts = planHosts(5, ports, planReplicas(3, ports, surroundings))
  const known = hosts.map((host) => flag(host, '--replicas').split(','))
  expect(known.map((replicas) => replicas[0]?.at(-1))).toEqual(['0', '1', '2', '0', '1'])
  for (const replicas of known) expect(new Set(replicas).size).toBe(3)
})

test('command lines carry the plan and no password', () => {
  const [replica] = planReplicas(3, ports, surroundings)
  const { command } = replica!
  expect(command.args.slice(1).join(' ')).toBe(
    'replica --id 1 --cluster local --listen 127.0.0.1:7400 --peer-listen 127.0.0.1:7410 ' +
      '--peers 1=127.0.0.1:7410,2=127.0.0.1:7411,3=127.0.0.1:7412 ' +
      '--postgres-url postgres://berth@127.0.0.1:7432/berth_1 --nats-url nats://127.0.0.1:7422',
  )
  expect(command.env).toEqual({ PGPASSFILE: '/data/pgpass' })
  const natsUrlFile = '/data/nats-url'
  const [withLogin] = planReplicas(3, ports, { ...surroundings, natsUrlFile })
  const other = withLogin!.command
  expect(other.args).not.toContain('--nats-url')
  expect(other.envFiles).toEqual({ BERTH_NATS_URL: natsUrlFile })
  const [host] = planHosts(1, ports, [replica!])
  expect(host!.command.args.slice(1).join(' ')).toBe(
    'host --name 127.0.0.1:7450 --namespace default --app-id shop --types Cart,Order,Payment ' +
      '--replicas ws://127.0.0.1:7400',
  )
})
