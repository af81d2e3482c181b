/**
 * The door of REST: requests made from openapi.yaml, well and badly framed, at all replicas. Every
 * answer is a documented one, and what has an answer gets it.
 *
 * A 5xx is a finding. `no_leader`, `timeout` and `unavailable` are the truth in two cases: while
 * leadership is handed over because a request asked for it, and while the machine gives a replica
 * no processor for longer than others wait for it.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { root } from '../../support/program.js'
import type { FuzzCluster } from '../cluster/fuzz-cluster.js'
import { sharedCluster } from '../cluster/shared-cluster.js'
import type { Door, DoorContext, FuzzCase, OpenDoor } from '../door.js'
import type { Tree } from '../generator/schema.js'
import { Values } from '../generator/values.js'
import { AnswerJudge, type Asked } from './answer-judge.js'
import { toBytes, withRawFaults, withStrangeFraming, withStrangeHeaders } from './bytes.js'
import { type HttpAnswer, NoHttp } from './http-answers.js'
import { HttpConnection } from './http-connection.js'
import { openNamespaces, RestKnown } from './known.js'
import { commonProblems, readOperations } from './operations.js'
import { Pets } from './pets.js'
import { type MadeRequest, makeRequest, type RequestSources } from './requests.js'
import { tidyUp } from './tidy-up.js'

/** Operations of which a piece with a fault can be one that an operator must not ask for. */
const sharp: ReadonlySet<string> = new Set([
  ...['removeReplica', 'changeReplicas', 'changeSettings', 'addReplica', 'transferLeadership'],
])
/** After a hand-over was asked for, in ms: the new leader and its first commit. */
const shakenMs = 8_000
const leaderless = /"code":"(no_leader|timeout|unavailable)"/
const sparesMax = 8
/** Below the time after which a replica ends a connection that is not used. */
const spareMsMax = 15_000
const petsEveryCases = 100

export const restDoor: Door = {
  name: 'rest',
  about: 'requests from openapi.yaml, and what is no request, over HTTP',
  parallel: 12,
  open: async (context) => new RestDoor(await sharedCluster(context.ground), context),
}

class RestDoor implements OpenDoor {
  readonly cluster: FuzzCluster
  readonly #known = new RestKnown()
  readonly #sources: RequestSources
  readonly #blunt: RequestSources
  readonly #judge: AnswerJudge
  readonly #pets: Pets
  readonly #spares = new Map<number, { connection: HttpConnection; sinceMs: number }[]>()
  #shakenUntilMs = 0

  constructor(cluster: FuzzCluster, { owner }: DoorContext) {
    this.cluster = cluster
    const text = readFileSync(`${root}openapi.yaml`, 'utf8')
    const document = JSON.parse(JSON.stringify(parse(text))) as Tree
    const [reading, writing] = [false, true].map((w) => new Values(document, this.#known.of(w)))
    const operations = readOperations(document, writing!)
    this.#sources = { operations, reading: reading!, writing: writing! }
    const blunt = operations.filter(({ id }) => !sharp.has(id))
    this.#blunt = { operations: blunt, reading: writing!, writing: writing! }
    this.#judge = new AnswerJudge(document, operations, commonProblems(document))
    const url = `ws://127.0.0.1:${cluster.replicas[0]!.apiPort}`
    this.#pets = new Pets(owner, url, (name) => this.#known.see('member', name))
    owner.onTestFinished(() => this.#closeSpares())
  }

  async run(fuzzCase: FuzzCase): Promise<number> {
    const { random, number } = fuzzCase
    if (number % petsEveryCases === 0) await this.#pets.tend()
    const { apiPort } = random.pick(this.cluster.running)
    const kind = random.next()
    if (kind < 0.62) return this.#plain(fuzzCase, apiPort)
    if (kind < 0.68) return this.#pipelined(fuzzCase, apiPort)
    if (kind < 0.82) return this.#strangeHeaders(fuzzCase, apiPort)
    return this.#illegible(fuzzCase, apiPort, kind < 0.91)
  }

  async settle(): Promise<void> {
    await this.#pets.dismiss()
    this.#closeSpares()
    await tidyUp(this.cluster, openNamespaces)
  }

  async #plain(fuzzCase: FuzzCase, port: number): Promise<number> {
    const { random } = fuzzCase
    const made = makeRequest(this.#sources, random, random.pick([0, 0, 1, 1, 2]))
    const connection = this.#spare(port)
    connection.write(toBytes(made, port))
    const answer = await this.#answerTo(fuzzCase, connection, made, true)
    if (answer === null || isLast(answer) || connection.isOver) connection.close()
    else this.#keep(port, connection)
    return 1
  }

  async #pipelined(fuzzCase: FuzzCase, port: number): Promise<number> {
    const { random } = fuzzCase
    const all = Array.from({ length: random.between(2, 4) }, () =>
      makeRequest(this.#sources, random, random.pick([0, 0, 1])),
    )
    const connection = new HttpConnection(port)
    connection.write(Buffer.concat(all.map((made) => toBytes(made, port))))
    for (const made of all) {
      const answer = await this.#answerTo(fuzzCase, connection, made, true)
      if (answer === null || isLast(answer)) break
    }
    connection.close()
    return all.length
  }

  async #strangeHeaders(fuzzCase: FuzzCase, port: number): Promise<number> {
    const { random } = fuzzCase
    const made = makeRequest(this.#sources, random, random.pick([0, 0, 1]))
    const connection = new HttpConnection(port)
    const bytes = withStrangeHeaders(made, port, random)
    connection.write(bytes)
    const sent = { ...made, headers: [['as sent', bytes.toString('latin1', 0, 2_000)] as const] }
    await this.#answerTo(fuzzCase, connection, sent, true)
    connection.close()
    return 1
  }

  /** What nobody can say the end of: whatever is answered is documented, and then it ends. */
  async #illegible(fuzzCase: FuzzCase, port: number, isFramed: boolean): Promise<number> {
    const { random } = fuzzCase
    const made = makeRequest(this.#blunt, random, random.pick([0, 1]))
    const others = [0, 1].map(() => toBytes(makeRequest(this.#blunt, random, 0), port))
    const bytes = isFramed
      ? withStrangeFraming(made, port, random)
      : withRawFaults(made, port, random, others)
    const connection = new HttpConnection(port)
    connection.write(bytes)
    if (random.chance(0.9)) connection.finish()
    else setTimeout(() => connection.finish(), random.between(1, 40))
    const method = /^\s*HEAD /.test(bytes.toString('latin1', 0, 20)) ? 'HEAD' : 'GET'
    const shown = bytes.toString('latin1', 0, 400)
    for (;;) {
      const request = { ...made, method, target: JSON.stringify(shown) }
      const answer = await this.#answerTo(fuzzCase, connection, request, false)
      if (answer === null) break
    }
    if (!connection.isOver) fuzzCase.finding(`a connection that does not end: ${shown}`)
    connection.close()
    return 1
  }

  async #answerTo(
    fuzzCase: FuzzCase,
    connection: HttpConnection,
    { method, target, headers }: MadeRequest,
    isLegible: boolean,
  ): Promise<HttpAnswer | null> {
    const asked: Asked = { method, target, isLegible }
    const isShaking = isLegible && target.startsWith('/v1/cluster/transfer')
    if (isShaking) this.#shakenUntilMs = Number.POSITIVE_INFINITY
    const answer = await this.#read(fuzzCase, connection, asked)
    if (isShaking) this.#shakenUntilMs = performance.now() + shakenMs
    if (answer === null) {
      const kind = connection.isOver ? 'ended' : 'silent'
      fuzzCase.answer(kind)
      const shown = `${method} ${target.slice(0, 200)} ${JSON.stringify(headers).slice(0, 400)}`
      if (isLegible) fuzzCase.finding(`no answer (${kind}): ${shown}`)
      return null
    }
    fuzzCase.answer(`${isLegible ? method : 'bytes'} ${answer.status}`)
    const wrong = this.#judge.judge(asked, answer)
    if (wrong !== null) fuzzCase.finding(wrong)
    if (answer.status >= 500) this.#judge5xx(fuzzCase, asked, answer)
    this.#learn(answer)
    return answer
  }

  async #read(
    fuzzCase: FuzzCase,
    connection: HttpConnection,
    { method, target }: Asked,
  ): Promise<HttpAnswer | null> {
    try {
      return await connection.answer(method)
    } catch (error) {
      if (!(error instanceof NoHttp)) throw error
      fuzzCase.finding(`no HTTP: ${error.message}: ${method} ${target.slice(0, 300)}`)
      connection.close()
      return null
    }
  }

  #judge5xx(fuzzCase: FuzzCase, { method, target }: Asked, { status, body }: HttpAnswer): void {
    const text = body.toString().slice(0, 300)
    const isTruth = leaderless.test(text)
    if (performance.now() < this.#shakenUntilMs && isTruth) return
    const what = `${status}: ${method} ${target.slice(0, 300)} -> ${text}`
    if (isTruth) fuzzCase.suspicion(what)
    else fuzzCase.finding(what)
  }

  #learn({ status, headers, body }: HttpAnswer): void {
    const etag = headers.get('etag')
    if (etag !== undefined) this.#known.see('If-None-Match', etag)
    if (status !== 200) return
    const [, cursor] = /"next":"([\w-]+)"/.exec(body.toString('latin1').slice(-1_100)) ?? []
    if (cursor !== undefined) this.#known.see('cursor', cursor)
  }

  #spare(port: number): HttpConnection {
    for (;;) {
      const found = this.#spares.get(port)?.pop()
      if (found === undefined) return new HttpConnection(port)
      const isFresh = performance.now() - found.sinceMs < spareMsMax
      if (isFresh && !found.connection.isOver) return found.connection
      found.connection.close()
    }
  }

  #keep(port: number, connection: HttpConnection): void {
    const spares = this.#spares.get(port) ?? []
    if (spares.length >= sparesMax) connection.close()
    else spares.push({ connection, sinceMs: performance.now() })
    this.#spares.set(port, spares)
  }

  #closeSpares(): void {
    for (const spares of this.#spares.values()) {
      for (const { connection } of spares) connection.close()
    }
    this.#spares.clear()
  }
}

/** Whether it says that nothing more is answered on its connection. */
function isLast({ headers }: HttpAnswer): boolean {
  return headers.get('connection') === 'close'
}
