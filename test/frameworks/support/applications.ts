/** One application in each framework: the same actors, written as one writes them there. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import express from 'express'
import express4 from 'express-4'
import Fastify from 'fastify'
import { actorOf } from '../../../src/frameworks/delivered.js'
import type { NodeListener } from '../../../src/frameworks/framework-application.js'

/** What a test does with requests that hang, and is told. */
export interface Watch {
  readonly hung: IncomingMessage[]
  readonly events: string[]
  /** What the actor `endless` has written, in bytes. */
  written: number
}

export function createWatch(): Watch {
  return { hung: [], events: [], written: 0 }
}

export type Framework = 'fastify' | 'express' | 'express 4' | 'node:http'
export const frameworks: readonly Framework[] = ['fastify', 'express', 'express 4', 'node:http']

/** What `who` tells. */
export function whoOf(request: IncomingMessage) {
  const { method, url, headers, rawHeaders } = request
  return { actor: actorOf(request), method, url, headers, rawHeaders }
}

function hang(watch: Watch, request: IncomingMessage, response: ServerResponse): void {
  watch.hung.push(request)
  request.once('aborted', () => watch.events.push('aborted'))
  response.once('close', () => watch.events.push(`closed, ${response.writableFinished}`))
}

/** Gives bytes for as long as somebody takes them. */
function endless(watch: Watch): Readable {
  const chunk = Buffer.alloc(16_384, 'x')
  const source = new Readable({
    read: () => {
      watch.written += chunk.length
      source.push(chunk)
    },
    destroy: (error, done) => {
      watch.events.push('source destroyed')
      done(error)
    },
  })
  return source
}

async function lengthOf(body: AsyncIterable<unknown>): Promise<number> {
  let length = 0
  for await (const chunk of body) length += (chunk as Buffer).length
  return length
}

export async function listenerOf(framework: Framework, watch: Watch): Promise<NodeListener> {
  if (framework === 'fastify') return fastifyListener(watch)
  if (framework === 'node:http') return plainListener(watch)
  return expressListener(framework === 'express' ? express : express4, watch)
}

async function fastifyListener(watch: Watch): Promise<NodeListener> {
  const app = Fastify({ bodyLimit: 2 ** 30, routerOptions: { maxParamLength: 5_000 } })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.all('/Cart/:id/who', async ({ raw }) => whoOf(raw))
  app.all('/Cart/:id/echo', (request, reply) => {
    reply.send(request.body ?? '')
  })
  app.put('/Cart/:id/count', async (request) => {
    return { length: await lengthOf((request.body as Readable | undefined) ?? Readable.from([])) }
  })
  app.all('/Cart/:id/hang', (request, reply) => {
    hang(watch, request.raw, reply.raw)
  })
  app.get('/Cart/:id/endless', async (_request, reply) => reply.send(endless(watch)))
  app.get('/Cart/:id/throw', async () => {
    throw new Error('it broke')
  })
  await app.ready()
  return (request, response) => {
    app.server.emit('request', request, response)
  }
}

function expressListener(make: typeof express, watch: Watch): NodeListener {
  const app = make()
  app.set('env', 'test')
  app.all('/Cart/:id/who', (request, response) => {
    response.json(whoOf(request))
  })
  app.all('/Cart/:id/echo', (request, response) => {
    request.pipe(response)
  })
  app.put('/Cart/:id/count', async (request, response) => {
    response.json({ length: await lengthOf(request) })
  })
  app.all('/Cart/:id/hang', (request, response) => hang(watch, request, response))
  app.get('/Cart/:id/endless', (_request, response) => {
    const source = endless(watch).pipe(response)
    source.once('close', () => watch.events.push('source destroyed'))
  })
  app.get('/Cart/:id/throw', () => {
    throw new Error('it broke')
  })
  return app
}

function plainListener(watch: Watch): NodeListener {
  return async (request, response) => {
    switch (request.url?.split(/[/?]/)[3]) {
      case 'who':
        response.end(JSON.stringify(whoOf(request)))
        return
      case 'echo':
        request.pipe(response)
        return
      case 'count':
        response.end(JSON.stringify({ length: await lengthOf(request) }))
        return
      case 'hang':
        hang(watch, request, response)
        return
      case 'endless':
        endless(watch)
          .pipe(response)
          .once('close', () => watch.events.push('source destroyed'))
        return
      default:
        throw new Error('it broke')
    }
  }
}
