/** What calls must have kept, whatever befell hosts and replicas. */
import { quantile } from '../../../bench/harness/statistics.js'
import type { Check } from '../workload.js'
import { type Addition, type SeenCall, sureOf } from './call-record.js'

const shown = 5

/** Each call that was answered with 2xx is in its number once; no other one more than it may be. */
export function checkEffects(
  seen: readonly SeenCall[],
  additions: readonly Addition[],
): readonly Check[] {
  const times = new Map<string, number>()
  for (const { call } of additions) times.set(call, (times.get(call) ?? 0) + 1)
  const of = (sure: ReturnType<typeof sureOf>) => seen.filter((one) => sureOf(one) === sure)
  const faulty = (calls: readonly SeenCall[], isRight: (times: number) => boolean) =>
    calls.filter(({ call }) => !isRight(times.get(call) ?? 0))
  const [once, never, unknown] = [of('once'), of('never'), of('unknown')]
  const twice = [...times].filter(([, count]) => count > 1).map(([call]) => call)
  return [
    check('a call that was answered with 2xx is in its number once', {
      faults: faulty(once, (count) => count === 1),
      detail: `${once.length} calls`,
      isSomething: once.length > 0,
    }),
    check('a call that was refused is not in its number', {
      faults: faulty(never, (count) => count === 0),
      detail: `${never.length} calls`,
    }),
    check('a call whose outcome is unknown is in its number at most once', {
      faults: faulty(unknown, (count) => count <= 1),
      detail: `${unknown.length} calls`,
    }),
    check('no call is in a number twice, whoever made it', {
      faults: twice,
      detail: `${times.size} calls`,
    }),
  ]
}

/** Numbers are what was added, and tokens do what they are for. */
export function checkNumbers(
  additions: readonly Addition[],
  numbers: ReadonlyMap<string, number>,
): readonly Check[] {
  const hosts = new Map<string, string>()
  const last = new Map<string, Addition>()
  const [shared, fallen, gaps]: [Addition[], Addition[], Addition[]] = [[], [], []]
  for (const one of additions) {
    const { counter, host, number, token } = one
    const holder = `${counter} ${token}`
    if ((hosts.get(holder) ?? host) !== host) shared.push(one)
    hosts.set(holder, host)
    const before = last.get(counter)
    if (before !== undefined && before.token > token) fallen.push(one)
    if (number !== (before?.number ?? 0) + 1) gaps.push(one)
    last.set(counter, one)
  }
  const wrong = [...numbers].filter(([id, number]) => last.get(id)?.number !== number)
  const detail = `${additions.length} additions under ${hosts.size} tokens`
  return [
    check('two hosts never had one token', { faults: shared, detail }),
    check('no write with an old token was accepted', { faults: fallen, detail }),
    check('each number is the sum of what was added', { faults: [...gaps, ...wrong], detail }),
  ]
}

/** A time in which a host was not itself, by the machine's monotonic clock, in ms. */
export interface Affliction {
  /** Number of the host, from 0. */
  readonly host: number
  readonly fromMs: number
  readonly toMs: number
}

/**
 * Calls between hosts that no fault had hold of, to actors that stayed where they were: another
 * call was answered under the same token before, and one was carried out behind it.
 */
export function undisturbed(
  seen: readonly SeenCall[],
  additions: readonly Addition[],
  { names, afflictions }: { names: readonly string[]; afflictions: readonly Affliction[] },
): readonly SeenCall[] {
  const at = new Map(additions.map(({ call }, i) => [call, i]))
  const isAfflicted = (host: number, { fromMs, toMs }: SeenCall) =>
    afflictions.some((one) => one.host === host && one.fromMs <= toMs && one.toMs >= fromMs)
  const sinceMs = new Map<string, number>()
  for (const { status, id, token, toMs } of seen) {
    const tenure = `${id} ${token}`
    if (status === 200) sinceMs.set(tenure, Math.min(sinceMs.get(tenure) ?? toMs, toMs))
  }
  const stays = ({ call, id, token, fromMs }: SeenCall) => {
    const next = additions[(at.get(call) ?? Number.NaN) + 1]
    return sinceMs.get(`${id} ${token}`)! < fromMs && next?.counter === id && next.token === token
  }
  return seen.filter(
    (one) =>
      one.status === 200 &&
      !isAfflicted(one.caller, one) &&
      !isAfflicted(names.indexOf(one.host!), one) &&
      stays(one),
  )
}

export function tookMsOf({ fromMs, toMs }: SeenCall): number {
  return toMs - fromMs
}

/** @param limitMs of the slowest but one of a thousand */
export function checkSpeed(calls: readonly SeenCall[], limitMs: number): Check {
  const tookMs = calls.map(tookMsOf)
  const [p50, p999] = [quantile(tookMs, 0.5), quantile(tookMs, 0.999)]
  const slowest = calls.toSorted((a, b) => tookMsOf(b) - tookMsOf(a)).slice(0, shown)
  const detail =
    `p50 ${p50.toFixed(1)} ms, p99.9 ${p999.toFixed(1)} ms of ${calls.length} calls; ` +
    `the slowest: ${JSON.stringify(slowest)}`
  const name = 'calls between undisturbed hosts to actors that stay are answered at once'
  return { name, outcome: p999 <= limitMs ? 'holds' : 'fails', detail }
}

function check(
  name: string,
  of: { faults: readonly unknown[]; detail: string; isSomething?: boolean },
): Check {
  const { faults, detail, isSomething = true } = of
  if (faults.length === 0) return { name, outcome: isSomething ? 'holds' : 'fails', detail }
  const some = JSON.stringify(faults.slice(0, shown))
  return { name, outcome: 'fails', detail: `${faults.length}: ${some}` }
}
