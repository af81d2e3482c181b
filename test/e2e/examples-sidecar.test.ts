/**
 * The applications and the clients of `examples/sidecar`, in each language, with `berth sidecar`
 * between them and real replicas.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { isHere, type Language, languages, missingLanguages } from '../support/languages.js'
import { natsUrl } from '../support/nats.js'
import { fileOwner } from '../support/owner.js'
import { freePorts } from '../support/ports.js'
import { startProcess, type TestProcess } from '../support/process.js'
import { berth, root } from '../support/program.js'
import { scratchFolder } from '../support/scratch.js'
import { startReplica } from './sidecar-app.js'

const owner = fileOwner()
const folder = scratchFolder(owner)
const here = languages.filter(isHere)
let replica = ''

interface Counted {
  readonly actor: string
  readonly number: number
}

/** An application with its sidecar. */
interface Host {
  readonly application: string
  /** `http://127.0.0.1:port` of the local API. */
  readonly sidecar: string
}

const fileOf = (program: string, { extension }: Language) =>
  `${root}examples/sidecar/${program}.${extension}`

/** What is run, and what it is told first. */
function commandOf(program: string, language: Language): [file: string, ...args: string[]] {
  const { interpreter } = language
  if (interpreter === null) return [join(folder, program)]
  return [interpreter, fileOf(program, language)]
}

function start(
  program: string,
  language: Language,
  env: Record<string, string>,
  args: readonly string[] = [],
): TestProcess {
  const [file, ...before] = commandOf(program, language)
  return startProcess({ onTestFinished }, file, [...before, ...args], { env })
}

beforeAll(async () => {
  for (const language of here) {
    if (language.interpreter !== null) continue
    for (const program of ['counter', 'client']) {
      const args = ['build', '-o', join(folder, program), fileOf(program, language)]
      const { status, stderr } = spawnSync('go', args, { cwd: folder, encoding: 'utf8' })
      if (status !== 0) throw new Error(`${program} in ${language.name}: ${stderr}`)
    }
  }
  replica = await startReplica(owner)
})

async function startHost(language: Language, namespace: string): Promise<Host> {
  const port = await freePorts(3)
  const [application, name, local] = [0, 1, 2].map((i) => `127.0.0.1:${port + i}`)
  await start('counter', language, { PORT: String(port) }).line('counts on')
  berth({ onTestFinished }, [
    ...['sidecar', '--app', `http://${application}`, '--name', name!, '--app-id', 'counter'],
    ...['--types', 'Counter', '--listen', local!, '--replicas', replica],
    ...['--namespace', namespace, '--nats-url', natsUrl()],
  ])
  const host = { application: `http://${application}`, sidecar: `http://${local}` }
  await eventually(`the sidecar of ${language.name}`, async () => {
    return (await fetch(`${host.sidecar}/readyz`).catch(() => null))?.ok ?? false
  })
  return host
}

/** Runs a client to its end. @returns what it got, by its two calls */
async function runClient(language: Language, { sidecar }: Host, id: string): Promise<Counted[]> {
  const client = start('client', language, { BERTH_SIDECAR: sidecar }, [id])
  const { code } = await client.exited
  if (code !== 0) throw new Error(`${language.name} ended with ${code}: ${client.lines.join('\n')}`)
  return client.lines.map((line, i) => {
    const [, method, body] = /^(\w+) 200 (\{.*\})$/.exec(line) ?? []
    expect(method).toBe(['POST', 'GET'][i])
    return JSON.parse(body!) as Counted
  })
}

async function jsonOf(url: string, init: RequestInit = {}): Promise<Counted> {
  const answer = await fetch(url, init)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${text}`)
  return JSON.parse(text) as Counted
}

test('every language is on this machine where it has to be', () => {
  expect(missingLanguages(here, process.env)).toEqual([])
})

test('each example is short', () => {
  for (const language of languages) {
    for (const program of ['counter', 'client']) {
      const lines = readFileSync(fileOf(program, language), 'utf8').trimEnd().split('\n')
      expect([language.name, program, lines.length < 60]).toEqual([language.name, program, true])
    }
  }
})

test.for(here)('an application in $name counts, and its client calls it', async (language) => {
  const host = await startHost(language, language.name.toLowerCase())
  const actor = 'Counter/a%20b%2F%C3%A9'
  const first = { actor, number: 1 }
  expect(await runClient(language, host, 'a b/é')).toEqual([first, first])

  const url = `${host.sidecar}/v1/call/${actor}`
  const adds = Array.from({ length: 200 }, () => jsonOf(`${url}/add`, { method: 'POST' }))
  const numbers = (await Promise.all(adds)).map(({ number }) => number).sort((a, b) => a - b)
  expect(numbers).toEqual(Array.from({ length: 200 }, (_, i) => i + 2))
  expect(await jsonOf(url)).toEqual({ actor, number: 201 })

  const [wrong, direct] = [
    await fetch(`${url}/subtract`),
    await fetch(`${host.application}/${actor}`),
  ]
  expect([wrong.status, direct.status]).toEqual([404, 404])
  // Whoever forges the header at the sidecar is not believed.
  const headers = { 'Berth-Actor': 'Counter/other' }
  expect(await jsonOf(url, { headers })).toEqual({ actor, number: 201 })

  const left = await fetch(`${host.sidecar}/v1/leave`, { method: 'POST' })
  expect(left.status).toBe(200)
  // It has forgotten the actor that left: asked as its sidecar would.
  const asked = await jsonOf(`${host.application}/${actor}`, { headers: { 'Berth-Actor': actor } })
  expect(asked.number).toBe(0)
})

test('clients in each language reach one actor, whatever it is written in', async () => {
  const hosts: Host[] = []
  for (const language of here) hosts.push(await startHost(language, 'together'))
  let number = 0
  for (const id of ['1', '2', '3', '4', '5', '6']) {
    number = 0
    for (const [i, language] of here.entries()) {
      number += 1
      const counted = { actor: `Counter/${id}`, number }
      expect(await runClient(language, hosts[i]!, id)).toEqual([counted, counted])
    }
  }
  expect(number).toBe(here.length)
})
