/** Bugs of leases, heartbeats and admissions: O1 on, with those of rounds beside them. */
import { clusterSeeds, editOf, type Mutant, scenario } from './mutant.js'

const edit = editOf('src')

export const leaseMutants: readonly Mutant[] = [
  {
    id: 'O3a',
    bug: 'A heartbeat is answered without asking a quorum.',
    edits: [edit('hosts/leadership.ts', 'this.#desk.add(arrived)', 'this.#answer(arrived, now)')],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O3b',
    bug: 'A heartbeat is answered by a proof of leadership that began before it came in.',
    edits: [
      edit(
        'hosts/heartbeat-desk.ts',
        'for (const arrived of this.#proving ?? [])',
        'for (const arrived of [...(this.#proving ?? []), ...this.#arrived.splice(0)])',
      ),
    ],
    caughtBy: scenario(
      'answered only by a proof of leadership that began after',
      'test/hosts/heartbeat-desk.test.ts',
    ),
  },
  {
    id: 'O4',
    bug: 'A lease runs from the arrival of the answer.',
    edits: [
      edit(
        'sidecar/machine.ts',
        'this.#lease.answered(answer.number)',
        'this.#lease.answered(answer.number, now)',
      ),
      edit(
        'sidecar/host-lease.ts',
        'answered(number: number): void {',
        'answered(number: number, at: Stamp): void {',
      ),
      edit(
        'sidecar/host-lease.ts',
        'const stamp = this.#sent.get(number)',
        'const stamp = this.#sent.has(number) ? at : undefined',
      ),
    ],
    caughtBy: scenario(
      'the lease runs from before the heartbeat was written',
      'test/sidecar/lease.test.ts',
    ),
  },
  {
    id: 'O5',
    bug: 'A new leader does not wait out what its predecessors granted.',
    edits: [
      edit(
        'hosts/lease-ledger.ts',
        'return answered === null ? graceEndMs : Math.max(answered + afterMs, graceEndMs)',
        'return answered === null ? 0 * graceEndMs : answered + afterMs',
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O66',
    bug: 'Whoever was past its fence once counts as that for ever, also when it was answered since.',
    edits: [edit('hosts/lease-ledger.ts', '    account.wasPastFence = false\n', '')],
    caughtBy: scenario(
      'whoever was past its fence stays so until it is answered',
      'test/hosts/lease-ledger.test.ts',
    ),
  },
  {
    id: 'O11',
    bug: 'A new instance takes over the epoch of the old one.',
    edits: [
      edit(
        'fsm/member-commands.ts',
        'const epoch = step.index\n',
        'const epoch = old?.epoch ?? step.index\n',
      ),
      edit(
        'hosts/admissions.ts',
        'member(name)?.epoch !== index) return',
        'member(name) === undefined) return',
      ),
    ],
    caughtBy: scenario('with a new instance is a new admission', 'test/fsm/members.test.ts'),
  },
  {
    id: 'O13',
    bug: 'A heartbeat below the disseminated generation is answered.',
    edits: [
      edit(
        'hosts/heartbeat-desk.ts',
        "if (generation < disseminated) return { kind: 'refused', code: 'behind', disseminated, digest }",
        "if (generation < disseminated) return { kind: 'answer', disseminated: generation }",
      ),
    ],
    caughtBy: scenario(
      'a member below the disseminated generation is refused',
      'test/hosts/heartbeat-desk.test.ts',
    ),
  },
  {
    id: 'O14',
    bug: 'A heartbeat below its floor is answered.',
    edits: [
      edit(
        'hosts/heartbeat-desk.ts',
        'if (lease !== undefined && generation < lease.floor) {',
        'if (lease !== undefined && generation < 0) {',
      ),
    ],
    caughtBy: scenario('a member below its floor is refused', 'test/hosts/heartbeat-desk.test.ts'),
  },
  {
    id: 'O16',
    bug: 'What is said of a fence counts for whoever has the name.',
    edits: [
      edit(
        'hosts/departures.ts',
        '    if (!this.isKnown(admission)) return\n    const lease = this.#ledger.of(admission)\n    this.#ledger.stopped(lease, ended)\n',
        `    const { namespace, name } = admission
    const named = this.#state.namespace(namespace)?.member(name)
    if (named !== undefined) {
      this.#ledger.stopped(this.#ledger.of({ namespace, name, epoch: named.epoch }), ended)
    }
    if (!this.isKnown(admission)) return
    const lease = this.#ledger.of(admission)\n`,
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O17',
    bug: 'A leader serves before an entry of its own term is applied.',
    edits: [
      edit(
        'replica/machine/leader-watch.ts',
        'const known = isNamed && origin !== null ?',
        `const isSelf = role === 'leader' && leader !== undefined
    const known = (isNamed || isSelf) && origin !== null ?`,
      ),
    ],
    caughtBy: scenario(
      'only once an entry of its own term is applied',
      'test/replica/machine.test.ts',
    ),
  },
  {
    id: 'O21',
    bug: '`owns()` does not ask for the lease.',
    edits: [
      edit(
        'sidecar/machine.ts',
        '!this.#leaseHolds(now) || this.#stopping.has(type, id)) return false',
        'this.#stopping.has(type, id)) return false',
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O22',
    bug: 'An answer that comes after the lease ran out lifts the fence.',
    edits: [
      edit(
        'sidecar/host-lease.ts',
        'if (stamp === undefined || this.#isFenced || number <= this.#worthlessThrough) return\n',
        'if (stamp === undefined) return\n    this.#isFenced = false\n',
      ),
    ],
    caughtBy: scenario('the fence is sticky', 'test/sidecar/lease.test.ts'),
  },
  {
    id: 'O23',
    bug: 'A welcome gives a lease.',
    edits: [
      edit(
        'sidecar/machine.ts',
        'this.#conversation.welcomed(welcome)\n',
        'this.#conversation.welcomed(welcome)\n    const gives = welcome.epoch !== 0\n',
      ),
      edit(
        'sidecar/machine.ts',
        "    this.#effects.push({ kind: 'subscribe', address: welcome.nats })\n",
        `    if (gives) this.#lease.answered(this.#lease.send(now, true))
    this.#effects.push({ kind: 'subscribe', address: welcome.nats })\n`,
      ),
    ],
    caughtBy: scenario('a welcome gives no lease', 'test/sidecar/lease.test.ts'),
  },
  {
    id: 'O28',
    bug: 'The margin behind a lease is left out: clocks drift, and stopping takes its time.',
    edits: [
      edit(
        'hosts/lease-ledger.ts',
        'return this.#latest(lease, fenceAfterMs + fenceMarginMs)',
        'return this.#latest(lease, fenceAfterMs + 0 * fenceMarginMs)',
      ),
    ],
    caughtBy: scenario(
      'past its fence after its lease and the margin',
      'test/hosts/lease-ledger.test.ts',
    ),
  },
  {
    id: 'O29',
    bug: 'A leader reckons with the settings of now, not with the longest lease that they ever gave.',
    edits: [
      edit(
        'hosts/leadership.ts',
        'fenceAfterMs: Math.max(ceilings.fenceAfterCeilingMs, proposed.fenceAfterCeilingMs),',
        'fenceAfterMs: settings.fenceAfterMs,',
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O30',
    bug: 'The lease is read from the monotonic clock alone, which stands still while a machine sleeps.',
    edits: [
      edit(
        'sidecar/clock.ts',
        'return bootMs > monotonicMs ? bootMs : monotonicMs',
        'return monotonicMs + 0 * bootMs',
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O67a',
    bug: 'A question trusts the last reading of the boot clock, whatever the wall clock shows.',
    edits: [
      edit(
        'sidecar/host-clocks.ts',
        'if (aheadMs > aheadMsMax || aheadMs < -aheadMsMax) return this.read()',
        'void aheadMs',
      ),
    ],
    caughtBy: scenario(
      'the first question after a sleep sees it',
      'test/sidecar/host-clocks.test.ts',
    ),
  },
  {
    id: 'O67b',
    bug: 'As long as the wall clock agrees, the boot clock is never read again for a question.',
    edits: [
      edit(
        'sidecar/host-clocks.ts',
        'if (sinceMs > bootAgeMaxMs) return this.read()',
        'if (sinceMs === Number.POSITIVE_INFINITY) return this.read()',
      ),
    ],
    caughtBy: scenario(
      'wall clock which was set back hides is seen',
      'test/sidecar/host-clocks.test.ts',
    ),
  },
  {
    id: 'O31',
    bug: 'A host says "fenced" before it has stopped everything.',
    edits: [
      edit(
        'sidecar/machine.ts',
        '    this.#stop({ reason, keys: this.#allKeys, isFinal: true })\n',
        `    if (this.#lease.isAsked) this.#conversation.end('fenced')
    this.#stop({ reason, keys: this.#allKeys, isFinal: true })\n`,
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O32',
    bug: 'A straggler that was leaving is answered for ever, and its round never ends.',
    edits: [
      edit(
        'hosts/heartbeat-desk.ts',
        "  if (lease?.straggling) return { kind: 'fence', code: 'straggler' }\n",
        '',
      ),
    ],
    caughtBy: scenario('a straggler is never answered again', 'test/hosts/heartbeat-desk.test.ts'),
  },
  {
    id: 'O33',
    bug: 'A name is given to a new instance while the old one may still run.',
    edits: [
      edit(
        'hosts/admission.ts',
        'if (holder !== null && context.nowMs < holder.pastFenceAtMs) {',
        'if (holder !== null && context.nowMs < 0) {',
      ),
    ],
    caughtBy: scenario(
      'a name that a live instance holds is waited for',
      'test/hosts/admission.test.ts',
    ),
  },
]
