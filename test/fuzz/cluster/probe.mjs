// Loaded into a process before its program (node --import): measures how long its event loop
// stands still, and says so with its memory and descriptors to whoever connects to a socket. It
// changes nothing of the program.
//
// Of a stall it keeps what the process waited for a processor in it (the kernel counts that), so
// that a busy machine is told from a busy program.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import v8 from 'node:v8'
import vm from 'node:vm'
import { isMainThread } from 'node:worker_threads'

const everyMs = 10
/** Shorter ones are not kept, in ms. */
const stallMsMin = 25
const stallsMax = 50
const settleTurns = 3
/** Of the kernel's clock ticks, as it shows them. */
const msPerTick = 10

const path = process.env.BERTH_FUZZ_PROBE
delete process.env.BERTH_FUZZ_PROBE
if (isMainThread && path !== undefined) start(path)

/**
 * What the main thread computed, and what it waited for a processor, in ms since its start; and what
 * was stolen from this machine, if it is a virtual one, since that started. What was stolen while
 * it computed counts as computed.
 */
function schedule() {
  try {
    const [ran, waited] = readFileSync('/proc/self/schedstat', 'latin1').split(' ')
    const [, , , , , , , , stolen = 0] = readFileSync('/proc/stat', 'latin1').split(/\s+/, 9)
    const stolenMs = Number(stolen) * msPerTick
    return { ranMs: Number(ran) / 1e6, waitedMs: Number(waited) / 1e6, stolenMs }
  } catch {
    return { ranMs: 0, waitedMs: 0, stolenMs: 0 }
  }
}

function descriptors() {
  const kinds = { all: 0, sockets: 0 }
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      kinds.all += 1
      if (readlinkSync(`/proc/self/fd/${name}`).startsWith('socket:')) kinds.sockets += 1
    } catch {
      // The one by which the folder is read.
    }
  }
  return kinds
}

function start(socketPath) {
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc')
  let stalls = []
  /** Longest wait for a processor within one of them. */
  let starvedMs = 0
  /** While garbage is collected: that takes time which is not the program's. */
  let isCollecting = false
  let last = { atMs: performance.now(), ...schedule() }
  const look = () => {
    const now = { atMs: performance.now(), ...schedule() }
    const wallMs = now.atMs - last.atMs - everyMs
    if (wallMs >= stallMsMin && !isCollecting) {
      const waitedMs = now.waitedMs - last.waitedMs
      const ranMs = now.ranMs - last.ranMs
      starvedMs = Math.max(starvedMs, waitedMs)
      const stolenMs = now.stolenMs - last.stolenMs
      stalls.push({ atMs: Date.now(), wallMs, waitedMs, ranMs, stolenMs })
      stalls.sort((a, b) => b.wallMs - b.waitedMs - (a.wallMs - a.waitedMs))
      stalls = stalls.slice(0, stallsMax)
    }
    last = now
  }
  setInterval(look, everyMs).unref()

  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const answers = {
    reset: () => {
      look()
      stalls = []
      starvedMs = 0
      return {}
    },
    read: async () => {
      look()
      isCollecting = true
      for (let i = 0; i < settleTurns; i += 1) {
        collect()
        await turn()
      }
      last = { atMs: performance.now(), ...schedule() }
      isCollecting = false
      const { rss, heapUsed, external } = process.memoryUsage()
      const report = globalThis[Symbol.for('berth.fuzz.report')]?.() ?? null
      return { rss, heapUsed, external, descriptors: descriptors(), stalls, starvedMs, report }
    },
  }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', async (asked) => {
      socket.end(JSON.stringify(await answers[asked.toString().trim()]()))
    })
  })
  server.listen(socketPath)
  server.unref()
}
