/**
 * What a NATS server does not let a connection do. It says so in passing, and the connection goes
 * on, so that nobody notices but by what never comes. Here it is kept for as long as it is so: a
 * subscription until it was tried again and stood, a subject to publish to until it has not been
 * refused for a while, for whoever publishes to it does so again and again.
 *
 * Only what Berth needs counts: strangers can make it answer anywhere. Pure.
 */

export interface Forbidden {
  readonly operation: 'publish' | 'subscribe'
  /** As it was asked for; that of an inbox, of which each request has another, as it is needed. */
  readonly subject: string
}

/** Subjects, with wildcards of NATS. */
export interface SubjectNeeds {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

/** Of whatever inbox; the client of the package has them all here. */
export const inboxes = '_INBOX.>'

/** A subject that nobody publishes to any more is forgotten in the end, in ms. */
const publishKeptMs = 24 * 3_600_000

interface Kept extends Forbidden {
  /** Number of the last refusal. */
  readonly number: number
  readonly atMs: number
}

export class ForbiddenSubjects {
  readonly #needs: SubjectNeeds
  /** By operation and need, so that there are never more than needs. */
  readonly #kept = new Map<string, Kept>()
  #number = 0

  constructor(needs: SubjectNeeds) {
    this.#needs = needs
  }

  get list(): readonly Forbidden[] {
    return [...this.#kept.values()].map(({ operation, subject }) => ({ operation, subject }))
  }

  /** @returns whether that is news */
  refused({ operation, subject }: Forbidden, nowMs: number): boolean {
    const need = this.#needs[operation].find((each) => covers(each, subject))
    if (need === undefined) return false
    const key = `${operation} ${need}`
    const isNews = !this.#kept.has(key)
    this.#number += 1
    const shown = need === inboxes ? need : subject
    this.#kept.set(key, { operation, subject: shown, number: this.#number, atMs: nowMs })
    return isNews
  }

  /** Whether that was refused, and has not stood since. */
  isRefused({ operation, subject }: Forbidden): boolean {
    return this.#keyOf(operation, subject) !== null
  }

  /** To be given to `stood`, for what is tried from now on. */
  get mark(): number {
    return this.#number
  }

  /**
   * The server has answered what was sent after that was tried again.
   * @param mark of before it was tried
   * @returns whether it is allowed, and was not
   */
  stood({ operation, subject }: Forbidden, mark: number): boolean {
    const key = this.#keyOf(operation, subject)
    if (key === null || (this.#kept.get(key)?.number ?? 0) > mark) return false
    return this.#kept.delete(key)
  }

  /** @returns whether something is no longer known to be forbidden */
  expire(nowMs: number): boolean {
    const before = this.#kept.size
    for (const [key, { operation, atMs }] of this.#kept) {
      if (operation === 'publish' && nowMs - atMs >= publishKeptMs) this.#kept.delete(key)
    }
    return this.#kept.size < before
  }

  /**
   * The connection is gone: on the next one all is allowed until it is refused.
   * @returns whether something was forbidden
   */
  clear(): boolean {
    const before = this.#kept.size
    this.#kept.clear()
    return before > 0
  }

  /** Of a refusal of this very subject, or of any inbox. */
  #keyOf(operation: Forbidden['operation'], subject: string): string | null {
    const need = this.#needs[operation].find((each) => covers(each, subject))
    const key = `${operation} ${need}`
    const kept = this.#kept.get(key)
    return kept !== undefined && (kept.subject === subject || need === inboxes) ? key : null
  }
}

/** `publish to "a.b" and subscribe to "c.*"` */
export function forbiddenInWords(list: readonly Forbidden[]): string {
  return list.map(({ operation, subject }) => `${operation} to "${subject}"`).join(' and ')
}

/** What an operator is to allow. */
export function needsInWords({ publish, subscribe }: SubjectNeeds): string {
  return `publish to ${publish.join(', ')}; subscribe to ${subscribe.join(', ')}`
}

function covers(need: string, subject: string): boolean {
  const wanted = need.split('.')
  const given = subject.split('.')
  for (const [i, token] of wanted.entries()) {
    if (token === '>') return given.length > i
    if (given[i] === undefined || (token !== '*' && token !== given[i])) return false
  }
  return wanted.length === given.length
}
