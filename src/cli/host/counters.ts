/**
 * The actors of a sample host: each keeps a number in memory. `POST /add` adds one, `GET` shows it.
 * What leaves is forgotten, so a number begins anew where its actor has moved to.
 */
import type { ActorAnswer, ActorCall, ActorKey } from '../../sidecar/index.js'

export class Counters {
  /** Name of this host, for people who want to see who answers. */
  readonly #host: string
  /** As many as calls are remembered of: what is over that leaves. */
  readonly #numbers = new Map<string, number>()

  constructor(host: string) {
    this.#host = host
  }

  readonly answer = async (call: ActorCall): Promise<ActorAnswer> => {
    const { type, id, method, path, token } = call
    const isAdd = path === '/add'
    if (!isAdd && path !== '' && path !== '/') return json(404, { detail: 'It knows "add" alone.' })
    const allow = isAdd ? 'POST' : 'GET'
    if (method !== allow) return json(405, { detail: `That is ${allow}.` }, { allow })
    const key = keyOf(call)
    const number = (this.#numbers.get(key) ?? 0) + (isAdd ? 1 : 0)
    if (isAdd) this.#numbers.set(key, number)
    return json(200, { host: this.#host, actor: `${type}/${id}`, token, number })
  }

  readonly forget = (actor: ActorKey): void => {
    this.#numbers.delete(keyOf(actor))
  }
}

function keyOf({ type, id }: ActorKey): string {
  return JSON.stringify([type, id])
}

function json(status: number, body: object, headers: Record<string, string> = {}): ActorAnswer {
  const all = { 'content-type': 'application/json; charset=utf-8', ...headers }
  return { status, headers: all, body: JSON.stringify(body) }
}
