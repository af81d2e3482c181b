/** `berth up` on a data folder whose cluster ran on other ports. */
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { prepareGround, processesOf, startUp } from '../support/local-cluster.js'
import { berthFile } from '../support/program.js'
import { request } from '../support/real-cluster.js'

interface Shown {
  readonly status: {
    readonly alarms: readonly { readonly code: string }[]
    readonly replicas: readonly { readonly addresses: { readonly peer: string | null } }[]
  }
}

test('up goes on with its cluster on other ports, with what the cluster knew', async (t) => {
  const ground = await prepareGround(t)
  const flags = ['--hosts', '1']
  const first = startUp(t, ground, flags, {}, berthFile)
  await first.ready()
  const cordon = 'v1/namespaces/default/members/10.0.0.1:1/cordon'
  const api = (port: number) => `http://127.0.0.1:${port}`
  await request('POST', `${api(ground.port)}/${cordon}`)
  first.signal('SIGINT')
  expect((await first.exited).code).toBe(0)

  const { port } = await prepareGround(t)
  const moved = { data: ground.data, port }
  const second = startUp(t, moved, flags, {}, berthFile)
  await second.ready()
  const addresses = [10, 11, 12].map((at) => `127.0.0.1:${port + at}`)
  await eventually('all to be where they are', async () => {
    const { status } = await request<Shown>('GET', `${api(port + 2)}/v1/cluster`)
    const known = status.replicas.map(({ addresses: { peer } }) => peer)
    if (status.alarms.length === 0 && known.join() === addresses.join()) return true
    throw new Error(JSON.stringify(status))
  })
  expect(await request('POST', `${api(port)}/${cordon}`)).toMatchObject({ changed: false })
  second.signal('SIGINT')
  expect((await second.exited).code).toBe(0)
  expect(processesOf(moved)).toEqual([])
})
