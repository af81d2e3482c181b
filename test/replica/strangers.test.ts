/**
 * Without certificates anybody may knock at the peer port. Whoever does not show the id of the
 * cluster gets in nowhere, and learns nothing by which he could pose as a replica.
 */
import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { Frame } from '../../src/raft/node/frame.js'
import {
  decodeHello,
  decodeRefusal,
  type Handshake,
} from '../../src/raft/node/identity/handshake.js'
import { createFrameCheck } from '../../src/replica/machine/frames.js'
import { Callers } from '../../src/replica/process/peer-addresses.js'
import { openPeerLink, type PeerInputs } from '../../src/replica/process/peer-link.js'
import { encode } from '../../src/wire/msgpack.js'
import { emptyHandshakeOf, handshakeOf } from '../raft/node/support/handshakes.js'
import { dialAs, type RawPeer } from '../raft/peers/peer-fixture.js'
import { eventually } from '../support/eventually.js'
import type { Owner } from '../support/owner.js'
import { freePort } from '../support/ports.js'
import { MachineCluster } from './support/machine-cluster.js'
import { configurationOf } from './support/settings.js'

/** The peer port of a follower in a cluster of three, and what comes in by it. */
async function openDoor(t: Owner) {
  const cluster = await MachineCluster.create()
  cluster.untilLed()
  cluster.run(1_000)
  const [replica] = cluster.followers
  const { machine, id } = replica!
  const port = await freePort()
  const configuration = configurationOf([
    ...['--id', `${id}`, '--cluster', 'test', '--peer-listen', `127.0.0.1:${port}`],
  ])
  const heard: { readonly from: number; readonly frame: Frame }[] = []
  const inputs: PeerInputs = {
    called: () => {},
    connected: () => {},
    refused: () => {},
    unreachable: () => {},
    together: (read) => read(),
    nodeFrame: (from, _run, frame) => void heard.push({ from, frame }),
    replicaFrame: () => {},
  }
  const parts = { configuration: { ...configuration, peers: [] }, machine, tls: undefined }
  const callers = new Callers()
  const check = createFrameCheck()
  const log = pino({ level: 'silent' })
  const link = await openPeerLink({ ...parts, callers, check, log }, inputs)
  t.onTestFinished(() => link.close())
  const others = [1, 2, 3].filter((other) => other !== id)
  const knock = (shown: Handshake) => dialAs(t, port, { to: id, ...shown })
  return { cluster, machine, heard, callers, others, knock }
}

async function answerOf(peer: RawPeer) {
  await eventually('an answer', () => peer.frames.length > 0)
  const [{ type, body }] = peer.frames as [RawPeer['frames'][0]]
  if (type === 'accept') return { type, by: decodeHello(body), code: '' }
  return { type, ...decodeRefusal(body) }
}

test('whoever does not show the cluster is refused, and learns no more than that there is one', async (t) => {
  const { machine, heard, callers, others, knock } = await openDoor(t)
  const { clusterId, uuid, run, incarnation, knownPeers } = machine.node.hello()
  const uuids = [uuid, ...knownPeers.map((known) => known.uuid)]
  expect(uuids).toHaveLength(3)
  const secrets = [clusterId!, machine.state.origin!.lineage, ...uuids, encode(run)]
  const [other] = others
  const tries: [Handshake, string][] = [
    [emptyHandshakeOf({ replicaId: 9, initialVoters: null }), 'unavailable'],
    [emptyHandshakeOf({ replicaId: other!, uuid: 'a guess' }), 'identity_lost'],
    [handshakeOf({ replicaId: 9, clusterId: null }), 'unavailable'],
    [handshakeOf({ replicaId: 9, clusterId: 'a guess' }), 'foreign_cluster'],
    [handshakeOf({ replicaId: other!, clusterId: null, initialVoters: [7] }), 'foreign_cluster'],
    [handshakeOf({ replicaId: other!, clusterId: null, incarnation: 2 ** 50 }), 'identity_lost'],
  ]
  for (const [shown, code] of tries) {
    const peer = await knock(shown)
    peer.send('message', encode({ kind: 'health' }))
    const answer = await answerOf(peer)
    expect(answer).toMatchObject({ type: 'refuse', code, by: { advertised: '' } })
    expect(answer.by!.shown).toEqual({
      ...{ clusterName: 'test', replicaId: machine.id, isEmpty: false },
    })
    for (const secret of secrets) expect(peer.bytes().includes(secret as string)).toBe(false)
    await eventually('its end', () => peer.closed())
  }
  expect(incarnation).toBeGreaterThan(0)
  expect(heard).toEqual([])
  expect(callers.ids, 'nobody is called back').toEqual([])
})

test('whoever shows the cluster is let in, and told why if not', async (t) => {
  const { machine, others, knock } = await openDoor(t)
  const { clusterId, uuid } = machine.node.hello()
  const newer = await knock(handshakeOf({ replicaId: 9, clusterId, initialVoters: null }))
  expect(await answerOf(newer)).toMatchObject({ type: 'accept', by: { shown: { uuid } } })
  const lost = await knock(handshakeOf({ replicaId: others[0]!, clusterId, uuid: 'another' }))
  const answer = await answerOf(lost)
  expect(answer).toMatchObject({ code: 'identity_lost', by: { shown: { uuid } } })
  expect(answer).toHaveProperty('detail', expect.stringContaining('its database is another'))
})

test('a replica that was just added is let in before it knows the cluster', async (t) => {
  const { cluster, machine, knock } = await openDoor(t)
  const shown = emptyHandshakeOf({ replicaId: 4, initialVoters: null })
  expect(await answerOf(await knock(shown))).toMatchObject({ code: 'unavailable' })
  const leader = cluster.up.find(({ machine }) => machine.leadership !== null)!
  leader.ask({ kind: 'add-replica', id: 4, peer: 'replica-4:1', membership: 'learner' })
  cluster.until(
    'its addition',
    () => machine.membership?.configuration.learners.includes(4) === true,
  )
  expect(await answerOf(await knock(shown))).toMatchObject({ type: 'accept' })
})

test('an empty replica believes a glimpse of a member, and a member believes none', async () => {
  const cluster = await MachineCluster.create()
  cluster.untilLed()
  const [member] = cluster.followers
  const fresh = cluster.add(4)
  cluster.run(1_000)
  const refuse = ({ machine }: typeof fresh, of: object, code: string) =>
    machine.toNode(cluster.now, (node) => {
      const by = { clusterName: 'test', replicaId: 1, isEmpty: false, ...of }
      node.refused(by, code, 'because', cluster.nowMs)
    })
  const reason = () => fresh.machine.node.status(cluster.nowMs).waitsFor
  expect(reason()).toMatch(/^No cluster knows this database as replica 4/)
  for (const of of [{ isEmpty: true }, { clusterName: 'other' }, { replicaId: 4 }]) {
    refuse(fresh, of, 'identity_lost')
  }
  cluster.run(1_000)
  expect(fresh.stopped, 'another cluster, one as empty, itself').toBeNull()
  refuse(fresh, {}, 'unavailable')
  expect(reason()).toMatch(/^The cluster of replica 1 does not know this database as replica 4/)
  refuse(member!, {}, 'identity_lost')
  refuse(fresh, {}, 'identity_lost')
  cluster.run(1_000)
  expect(fresh.stopped).toMatchObject({ code: 'identity_lost' })
  expect(member!.stopped).toBeNull()
})
