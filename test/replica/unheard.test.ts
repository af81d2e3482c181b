/**
 * What replicas tell one another of hosts, requests and themselves counts by a connection of the
 * process that was met, and of a member. Whoever else got in could speak for any host.
 */
import { beforeEach, expect, test } from 'vitest'
import type { ReplicaFrame } from '../../src/replica/machine/frames.js'
import type { Member } from '../../src/table/member.js'
import { MachineCluster, type MemoryReplica } from './support/machine-cluster.js'
import { VirtualHost } from './support/virtual-host.js'

const name = '10.0.0.1:1'

let cluster: MachineCluster
let leader: MemoryReplica
let follower: MemoryReplica
let host: VirtualHost
beforeEach(async () => {
  cluster = await MachineCluster.create()
  leader = cluster.untilLed()
  follower = cluster.followers[0]!
  host = new VirtualHost(cluster, name, follower.id)
  cluster.run(4_300)
  expect(host.owns('Order', '1')).toBe(true)
})

const runOf = ({ machine }: MemoryReplica) => machine.node.hello().run
/** Somebody shows all that a replica of this cluster would. @returns the run that was met */
function letIn(id: number): number {
  const run = 77
  for (const { machine } of cluster.up) {
    const shown = { ...machine.node.hello(), replicaId: id, uuid: 'of a stranger', run }
    expect(machine.node.judge(shown).kind).toBe('accept')
    machine.toNode(cluster.now, (node) => node.connected(shown, cluster.nowMs))
  }
  return run
}

/** Undefined once it is over. */
const leaseOf = (member: Member) => {
  const { epoch } = member
  return leader.machine.leadership!.lease({ namespace: 'default', name, epoch })
}

/** A frame of each kind that would do harm, and whether it has done some. */
function harmful(): { to: MemoryReplica; frame: ReplicaFrame; didHarm(): boolean }[] {
  const member = leader.machine.state.namespace('default')!.member(name)!
  const { epoch, secretHash } = member
  const { lineage } = leader.machine.state.origin!
  const { term } = leader.machine.leadership!
  const status = { ...follower.machine.show(cluster.nowMs), stopped: 'of a stranger' }
  const [session] = [...follower.ends.keys()]
  const admission = { namespace: 'default', name, epoch }
  const fenced = { kind: 'fenced', session: 'x', lineage, secretHash, ...admission } as const
  const fence = { kind: 'fence', session: session!, epoch, code: 'expired' } as const
  const cordon = { kind: 'cordon', namespace: 'default', name, cordoned: true } as const
  const request = { kind: 'request', number: 1, run: 1, key: '' } as const
  const shown = () => [...leader.machine.shown.entries()].map(([, { of }]) => of.stopped)
  const isCordoned = () => leader.machine.state.namespace('default')!.isCordoned(name)
  return [
    {
      ...{ to: leader, frame: { kind: 'relay-up', term, messages: [fenced] } },
      didHarm: () => leaseOf(member)?.stopped !== false,
    },
    {
      ...{ to: follower, frame: { kind: 'relay-down', term, messages: [fence] } },
      didHarm: () => host.fences.length > 0,
    },
    { to: leader, frame: { ...request, request: cordon }, didHarm: isCordoned },
    {
      ...{ to: leader, frame: { kind: 'status', status } },
      didHarm: () => shown().includes('of a stranger'),
    },
  ]
}

test.each([
  ['who is no member', () => [9, 9]],
  ['one that was let in, and is no member,', () => [9, letIn(9)]],
  ['who is no member, with the run of one', () => [9, runOf(follower)]],
  ['another process that says it is a member', () => [follower.id, runOf(follower) + 1]],
  ['a process that says it is the leader', () => [leader.id, runOf(leader) + 1]],
] as const)('nothing that %s says counts', (_, speaker) => {
  for (const { to, frame, didHarm } of harmful()) {
    const [from, run] = speaker() as [number, number]
    if (from === to.id) continue
    to.machine.receive(from, run, frame, cluster.now)
    cluster.run(100)
    expect(didHarm(), frame.kind).toBe(false)
  }
})

test('the same words of a member that was met do count', () => {
  for (const { to, frame, didHarm } of harmful().reverse()) {
    const from = to === leader ? follower : leader
    to.machine.receive(from.id, runOf(from), frame, cluster.now)
    cluster.until(`the harm of ${frame.kind}`, didHarm)
  }
})

test('a replica registers itself alone: keys and addresses of others are not its to say', () => {
  const { replicas } = leader.machine.state
  const own = { peer: 'elsewhere:1', api: 'http://elsewhere', key: 'E'.repeat(43) }
  const register = (replica: number, number: number) => {
    const request = { kind: 'register', replica, ...own } as const
    const frame = { kind: 'request', number, run: 1, key: '', request } as const
    leader.machine.receive(follower.id, runOf(follower), frame, cluster.now)
    cluster.run(20)
  }
  register(leader.id, 1)
  expect(leader.machine.state.replicas).toEqual(replicas)
  register(follower.id, 2)
  const now = leader.machine.state.replicas.find(({ replica }) => replica === follower.id)
  expect(now).toMatchObject(own)
})
