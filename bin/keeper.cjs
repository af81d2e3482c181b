'use strict'
// The keeper: ends processes that their owner left behind. An owner (`berth up`, a test run) starts
// one keeper and tells it, line by line on the keeper's stdin, whom to watch:
//   {"watch":{"pid":1,"start":"123","steps":[{"signal":"SIGTERM","waitMs":5000}, ...]}}
//   {"forget":1}
// When stdin ends, the owner is gone (kill -9 included): whoever is watched and still runs gets its
// steps, all at the same time, and the keeper exits. It never touches a process while its owner
// lives. `start` is field 22 of /proc/<pid>/stat, so a pid that was given to another process since
// is left alone. Plain CommonJS without imports of ours: it must run from a tree not built yet.
const fs = require('node:fs')
const readline = require('node:readline')

const POLL_MS = 50
const watched = new Map()

function stat(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the name in parentheses and may hold anything, spaces and ")" too.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0], parent: Number(fields[1]), start: fields[19] }
  } catch {
    return null
  }
}

function runs(entry) {
  if (entry.start === null) {
    try {
      process.kill(entry.pid, 0)
      return true
    } catch {
      return false
    }
  }
  const now = stat(entry.pid)
  return now !== null && now.start === entry.start && now.state !== 'Z' && now.state !== 'X'
}

// A server that is killed outright does not take along children that are stopped.
function descendants(pid) {
  const found = []
  let names = []
  try {
    names = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {}
  const parents = names.map((name) => ({ pid: Number(name), stat: stat(Number(name)) }))
  const queue = [pid]
  while (queue.length > 0) {
    const parent = queue.shift()
    for (const one of parents) {
      if (one.stat === null || one.stat.parent !== parent) continue
      found.push({ pid: one.pid, start: one.stat.start })
      queue.push(one.pid)
    }
  }
  return found
}

function signal(pid, name) {
  try {
    process.kill(pid, name)
  } catch {}
}

async function end(entry) {
  for (const step of entry.steps) {
    if (!runs(entry)) return
    if (step.signal === 'SIGKILL') {
      const children = descendants(entry.pid)
      signal(entry.pid, 'SIGKILL')
      for (const child of children) if (runs(child)) signal(child.pid, 'SIGKILL')
    } else if (step.signal !== 'none') {
      signal(entry.pid, step.signal)
    }
    const deadline = performance.now() + step.waitMs
    while (runs(entry) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {})

const lines = readline.createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const message = JSON.parse(line)
  if (message.watch) watched.set(message.watch.pid, message.watch)
  if (message.forget) watched.delete(message.forget)
})
lines.on('close', () => {
  Promise.all([...watched.values()].map(end)).then(() => process.exit(0))
})
