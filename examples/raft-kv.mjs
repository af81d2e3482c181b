// A key-value store on three replicas, in memory, on `berth/raft`: node examples/raft-kv.mjs
// One process plays all three and the network between them. docs/raft.md has a host's duties.
import { plainConfiguration, Raft } from 'berth/raft'

const configuration = plainConfiguration([1, 2, 3])
const begin = { compacted: { index: 0, term: 0 }, snapshot: null, applied: 0, configuration }
const network = []

class Replica {
  disk = { hardState: { term: 0, vote: 0, commit: 0 }, entries: [] }

  /** Begins from what is on the disk: the log is replayed into an empty store. */
  start(id, session) {
    const raft = new Raft({ id, session, random: Math.random }, { ...this.disk, ...begin })
    // `readable`: the number of a read, and the index that it waits for.
    return Object.assign(this, { raft, store: new Map(), readable: new Map() })
  }

  /** The host loop: send; write and report; apply and report. */
  run() {
    while (this.raft.hasOutput) {
      const { messages, append, committed, reads } = this.raft.takeOutput()
      network.push(...messages)
      if (append !== null) {
        const from = (append.entries[0]?.index ?? Infinity) - 1
        this.disk.entries.splice(from, Infinity, ...append.entries)
        this.disk.hardState = append.hardState ?? this.disk.hardState
        this.raft.appended(append.token)
      }
      for (const { index, kind, data } of committed) {
        if (kind === 'command') this.store.set(...JSON.parse(Buffer.from(data).toString()))
        this.raft.applied(index)
      }
      for (const { read, index } of reads) this.readable.set(read, index)
    }
  }
}

const replicas = configuration.voters.map((id) => new Replica().start(id, 1))
const up = new Set(replicas)

/** Lets time go on until something is so: a tick for everybody, then all messages arrive. */
function until(find) {
  for (let found = find(); ; found = find()) {
    if (found) return found
    for (const { raft } of up) raft.tick()
    while ([...up].some(({ raft }) => raft.hasOutput)) {
      for (const replica of up) replica.run()
      const arrived = network.splice(0).filter(({ to }) => up.has(replicas[to - 1]))
      for (const message of arrived) replicas[message.to - 1].raft.step(message)
    }
  }
}

function put(key, value) {
  const { raft } = until(() => [...up].find((one) => one.raft.role === 'leader'))
  const { index, term } = raft.propose(Buffer.from(JSON.stringify([key, value])))
  until(() => raft.appliedIndex >= index)
  console.log(`put ${key} = ${value} is entry ${index} of term ${term}, led by replica ${raft.id}`)
  return raft.id
}

/** Linearizable on any replica: the leader confirms an index, the replica waits until it is there. */
function get({ raft, store, readable }, key) {
  const { read } = until(() => (raft.leader > 0 ? raft.readIndex() : null))
  until(() => raft.appliedIndex >= (readable.get(read) ?? Infinity))
  console.log(`get ${key} on replica ${raft.id} is ${store.get(key)}`)
}

const first = replicas[put('colour', 'green') - 1]
get(replicas[first.raft.id % 3], 'colour')
up.delete(first) // the leader is gone
put('colour', 'blue')
up.add(first.start(first.raft.id, 2)) // and back, with its disk alone
get(first, 'colour')
until(() => new Set(replicas.map(({ raft }) => raft.appliedIndex)).size === 1)
for (const { store } of replicas) console.log(JSON.stringify([...store].sort()))
