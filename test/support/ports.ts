/**
 * Free ports that no other test takes, whichever process or test run it belongs to. Ports come in
 * blocks of a hundred; the last of a block is a guard that its holder listens on, so a block has
 * one holder, and the kernel frees it when the holder ends. All lie below 32768, where Linux begins
 * to hand out ports for outgoing connections.
 */
import { createServer, type Server } from 'node:net'

const firstPort = 10_000
const blockSize = 100
const blockCount = 220
const host = '127.0.0.1'

interface Block {
  readonly guard: Server
  readonly first: number
  used: number
}

class PortBlocks {
  #current: Block | null = null
  #turn: Promise<unknown> = Promise.resolve()

  /** First of `count` free ports in a row, at most 99. */
  take(count: number): Promise<number> {
    const next = this.#turn.then(() => this.#take(count))
    this.#turn = next.catch(() => {})
    return next
  }

  async #take(count: number): Promise<number> {
    if (count >= blockSize) throw new Error(`at most ${blockSize - 1} ports in a row`)
    for (let tries = 0; tries < blockCount; tries += 1) {
      if (this.#current === null || this.#current.used + count > blockSize - 1) {
        this.#current = await claimBlock()
      }
      const block = this.#current
      const base = block.first + block.used
      block.used += count
      if (await allFree(base, count)) return base
    }
    throw new Error('no free ports below 32768')
  }
}

async function claimBlock(): Promise<Block> {
  const from = Math.floor(Math.random() * blockCount)
  for (let i = 0; i < blockCount; i += 1) {
    const first = firstPort + ((from + i) % blockCount) * blockSize
    const guard = await listen(first + blockSize - 1)
    if (guard === null) continue
    guard.unref()
    return { guard, first, used: 0 }
  }
  throw new Error('all blocks of ports are taken')
}

async function allFree(base: number, count: number): Promise<boolean> {
  for (let port = base; port < base + count; port += 1) {
    const server = await listen(port)
    if (server === null) return false
    await new Promise((resolve) => server.close(resolve))
  }
  return true
}

function listen(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(null))
    server.listen({ port, host, exclusive: true }, () => resolve(server))
  })
}

/** One allocator a process: a second one would only claim more blocks. */
const blocks = new PortBlocks()

/** First of `count` free ports in a row on 127.0.0.1, this process' own until it ends. */
export function freePorts(count: number): Promise<number> {
  return blocks.take(count)
}

/** A free port on 127.0.0.1, this process' own until it ends. */
export function freePort(): Promise<number> {
  return blocks.take(1)
}
