/**
 * Host names to addresses, for everything in a process that connects by name.
 *
 * The system's lookup (`dns.lookup`) cannot be given up and takes one of a few threads of the whole
 * process for as long as it lasts, which is many seconds where a name server is dead. So:
 *
 * - For a name there is one lookup at a time, and whoever asks meanwhile shares it. Of all names no
 *   more than a few are looked up at a time; the others wait in line.
 * - What a lookup gave, addresses or an error, holds for as long as it took: names that are cheap
 *   are looked up for each connect, slow ones leave the threads to others half of the time.
 * - The last addresses that there were are kept: they are given when a lookup fails, or lasts. A
 *   replica, or NATS, or Postgres, proves by itself that it is the one that is meant.
 *
 * Whoever asks waits for a bounded time, and is told then that it is the name that is looked up.
 */
import type { LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'

/** As `dns.lookup` with `all`. */
export type SystemLookup = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

export interface NameLookupPorts {
  readonly lookup: SystemLookup
  /** Monotonic, in ms. */
  now(): number
  /** @returns what takes it back, unless it is due */
  after(ms: number, act: () => void): () => void
}

/** Lookups at a time; the pool of Node has four threads, of which lookups get two. */
export const runningMax = 2
/** A lookup that lasts longer is not waited for where there are addresses of before, in ms. */
export const lastingMs = 250
/** The same where there are none, unless it is said otherwise, in ms. */
export const patienceMsDefault = 10_000
/** What a lookup gave holds no longer, however long it took, in ms. */
export const heldMsMax = 30_000
/** Names that are remembered; the one that was asked for longest ago goes first. */
export const namesMax = 1_024
/** Who waits for one name; one more is refused. */
export const waitersMax = 1_024

type Answer = (error: Error | null, addresses: readonly LookupAddress[]) => void

interface Name {
  readonly host: string
  /** The last that there were. */
  addresses: readonly LookupAddress[] | null
  /** Of the last lookup that ended. */
  error: Error | null
  heldUntilMs: number
  /** Since when an answer is waited for; null when nobody asked since the last one. */
  askedAtMs: number | null
  readonly waiters: Set<Answer>
}

export class NameLookup {
  readonly #ports: NameLookupPorts
  /** In the order in which they were asked for last. */
  readonly #names = new Map<string, Name>()
  /** Those whose lookup is still to begin. */
  readonly #line: Name[] = []
  #running = 0

  constructor(ports: NameLookupPorts) {
    this.#ports = ports
  }

  /** Lookups that have not ended. */
  get running(): number {
    return this.#running
  }

  /**
   * For `net.connect` and all that is made of it.
   * @param patienceMs how long to wait where no address of the name is known
   */
  within(patienceMs: number): LookupFunction {
    return (host, options, callback) => {
      this.#ask(host, patienceMs, (error, all) => {
        const family = familyOf(options.family)
        const addresses = all.filter((one) => family === 0 || one.family === family)
        const none = error ?? (addresses.length > 0 ? null : noFamily(host, family))
        if (options.all === true) callback(none, [...addresses])
        else callback(none, addresses[0]?.address ?? '', addresses[0]?.family)
      })
    }
  }

  /** @throws Error of which the message says that the name is looked up, and why in vain */
  resolve(host: string, patienceMs = patienceMsDefault): Promise<readonly LookupAddress[]> {
    return new Promise((resolve, reject) => {
      this.#ask(host, patienceMs, (error, addresses) => {
        if (error === null) resolve(addresses)
        else reject(error)
      })
    })
  }

  #ask(host: string, patienceMs: number, answer: Answer): void {
    const family = isIP(host)
    if (family !== 0) {
      this.#soon(() => answer(null, [{ address: host, family }]))
      return
    }
    const name = this.#name(host)
    const nowMs = this.#ports.now()
    if (nowMs < name.heldUntilMs) this.#soon(() => answer(...outcomeOf(name)))
    else if (name.waiters.size >= waitersMax) {
      this.#soon(() => answer(new Error(`name lookup of "${host}": too many wait for it`), []))
    } else this.#wait(name, patienceMs, nowMs, answer)
  }

  #wait(name: Name, patienceMs: number, nowMs: number, answer: Answer): void {
    const isAsked = name.askedAtMs !== null
    name.askedAtMs ??= nowMs
    const isKnown = name.addresses !== null
    const longestMs = isKnown ? lastingMs - (nowMs - name.askedAtMs) : patienceMs
    const stopTimer = this.#ports.after(Math.max(0, longestMs), () => {
      // What is to come at once cannot always be taken back.
      if (!name.waiters.delete(settle)) return
      if (isKnown) answer(null, name.addresses ?? [])
      else answer(new Error(`name lookup of "${name.host}": no answer within ${patienceMs} ms`), [])
    })
    const settle: Answer = (error, addresses) => {
      stopTimer()
      answer(error, addresses)
    }
    name.waiters.add(settle)
    if (isAsked) return
    this.#line.push(name)
    this.#start()
  }

  #start(): void {
    while (this.#running < runningMax) {
      const name = this.#line.shift()
      if (name === undefined) return
      this.#running += 1
      const startedAtMs = this.#ports.now()
      let isOver = false
      this.#ports.lookup(name.host, { all: true }, (error, addresses) => {
        if (isOver) return
        isOver = true
        this.#running -= 1
        this.#ended(name, error, addresses, startedAtMs)
        this.#start()
      })
    }
  }

  #ended(
    name: Name,
    error: NodeJS.ErrnoException | null,
    addresses: readonly LookupAddress[] | undefined,
    startedAtMs: number,
  ): void {
    const found = error === null && addresses !== undefined && addresses.length > 0
    if (found) name.addresses = addresses
    name.error = found ? null : failureOf(name.host, error)
    const nowMs = this.#ports.now()
    name.heldUntilMs = nowMs + Math.min(heldMsMax, nowMs - startedAtMs)
    name.askedAtMs = null
    const waiters = [...name.waiters]
    name.waiters.clear()
    for (const settle of waiters) settle(...outcomeOf(name))
  }

  #name(host: string): Name {
    const known = this.#names.get(host)
    const name = known ?? {
      ...{ host, addresses: null, error: null, heldUntilMs: Number.NEGATIVE_INFINITY },
      ...{ askedAtMs: null, waiters: new Set<Answer>() },
    }
    this.#names.delete(host)
    for (const [oldest, { askedAtMs }] of this.#names) {
      if (this.#names.size < namesMax) break
      if (askedAtMs === null) this.#names.delete(oldest)
    }
    if (this.#names.size < namesMax) this.#names.set(host, name)
    return name
  }

  /** Sockets want to be answered later, as the system does. */
  #soon(act: () => void): void {
    this.#ports.after(0, act)
  }
}

function outcomeOf({ addresses, error }: Name): [Error | null, readonly LookupAddress[]] {
  return addresses === null ? [error, []] : [null, addresses]
}

/** With the code of the system, which callers look at. */
function failureOf(host: string, error: NodeJS.ErrnoException | null): Error {
  const code = error?.code ?? 'ENOTFOUND'
  const why: Readonly<Record<string, string>> = {
    ENOTFOUND: 'there is no such name (ENOTFOUND)',
    EAI_AGAIN: 'no name server answers (EAI_AGAIN)',
  }
  const failure = new Error(`name lookup of "${host}": ${why[code] ?? error?.message}`)
  return Object.assign(failure, { code })
}

function noFamily(host: string, family: number): Error {
  return new Error(`name lookup of "${host}": it has no address of IPv${family}`)
}

function familyOf(family: number | 'IPv4' | 'IPv6' | undefined): number {
  if (family === 'IPv4') return 4
  return family === 'IPv6' ? 6 : (family ?? 0)
}
