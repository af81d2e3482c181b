/** What the terminal of a local cluster is told, by replicas that answer as real ones do. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { ClusterWatch } from '../../src/cli/local/cluster-watch.js'
import { News } from '../../src/cli/local/news.js'
import { eventually } from '../support/eventually.js'
import type { Owner } from '../support/owner.js'

async function serve(owner: Owner, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  owner.onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Known {
  leader: number | null
}

/** Without a leader it answers at once what it knows by itself, and nothing else. */
function replica(owner: Owner, known: Known): Promise<string> {
  return serve(owner, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://r')
    if (known.leader === null && searchParams.get('consistency') !== 'stale') return
    const status = { leader: known.leader, alarms: known.leader === null ? [silent] : [] }
    const body = pathname === '/v1/cluster' ? { status } : { generation: 1, members: [] }
    response.end(JSON.stringify(body))
  })
}

const silent = { code: 'replica_silent', replica: 2, detail: 'Not heard from for 6 s.' }
const lost = 'no replica leads now: nothing changes, and hosts stop when their leases end'

test('a majority that is lost is told with its alarms, and so is its return', async (t) => {
  const known: Known = { leader: 1 }
  const watch = new ClusterWatch([await replica(t, known)])
  t.onTestFinished(() => watch.stop())
  expect(await watch.leader()).toBe(1)
  const lines: string[] = []
  watch.tell(new News(new Map(), null), null, (line) => lines.push(line))
  known.leader = null
  await eventually('the loss to be told', () => lines.includes(lost))
  known.leader = 1
  await eventually('the return to be told', () => lines.includes('replica 1 leads again'))
  expect(lines).toEqual([
    `alarm replica_silent of replica 2: ${silent.detail}`,
    ...[lost, 'replica 1 leads again', 'alarm replica_silent of replica 2 is over'],
  ])
})

test('one replica that knows no leader says nothing of the others', async (t) => {
  const [alone, other] = [await replica(t, { leader: null }), await replica(t, { leader: 3 })]
  expect(await new ClusterWatch([alone, other]).leader()).toBe(3)
  expect(await new ClusterWatch([other, alone]).leader()).toBe(3)
  expect(await new ClusterWatch([alone]).leader()).toBeNull()
})
