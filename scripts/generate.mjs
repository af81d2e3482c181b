// Makes the generated sources from the contracts. `node scripts/generate.mjs --check` only compares.
//   asyncapi.yaml -> src/wire/messages.generated.ts (types), src/wire/schemas.generated.ts (schemas)
//   openapi.yaml  -> src/api/openapi.generated.ts (types)
//   openapi.yaml  -> src/api/routes.generated.ts (what fastify is told of each operation)
//   both          -> src/api/documents.generated.ts (as they are)
//   sidecar.openapi.yaml -> the same three in src/sidecar-process/api
// What takes long at the start of a replica is done here: to read YAML, to check it, to resolve it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastify from 'fastify'
import glue from 'fastify-openapi-glue'
import openapiTS, { astToString } from 'openapi-typescript'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('..', import.meta.url))
const check = process.argv.includes('--check')
const read = (path) => readFileSync(root + path, 'utf8')
const header = (from) => `// Generated from ${from} by \`npm run generate\`. Do not edit.\n\n`
let stale = 0

function emit(path, text) {
  if (existsSync(root + path) && read(path) === text) return
  stale += 1
  if (!check) writeFileSync(root + path, text)
  console.log(`${check ? 'stale' : 'wrote'} ${path}`)
}

async function typesOf(document, from) {
  return header(from) + astToString(await openapiTS(document, { enum: false, immutable: true }))
}

const messages = parse(read('asyncapi.yaml'))
const { schemas } = messages.components
const wrapped = {
  openapi: '3.1.0',
  info: { title: messages.info.title, version: messages.info.version },
  paths: {},
  components: { schemas },
}
emit('src/wire/messages.generated.ts', await typesOf(wrapped, 'asyncapi.yaml'))
/** As a tree of its own. The description of a schema is text; a field of that name is a schema. */
function withoutDescriptions(schema) {
  const isText = (key, value) => key === 'description' && typeof value === 'string'
  return JSON.parse(
    JSON.stringify(schema, (key, value) => (isText(key, value) ? undefined : value)),
  )
}

/** Calls are passed on: they are described, and bound to nothing. */
const isCall = (path) => path.startsWith('/v1/call/')
const withoutCalls = ({ paths, ...rest }) => ({
  ...rest,
  paths: Object.fromEntries(Object.entries(paths).filter(([path]) => !isCall(path))),
})

/** Method, path and schema of each operation, with all references resolved. */
async function routesOf(document) {
  const app = fastify({ exposeHeadRoutes: false })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  // Answers alone have them; the plug-in asks for them in the log.
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
  const routes = []
  app.addHook('onRoute', ({ method, url, schema }) => {
    const { operationId, params, querystring, headers, body, response } = schema
    const parts = withoutDescriptions({ params, querystring, headers, body, response })
    routes.push({ operationId, method, url, schema: parts })
  })
  await app.register(glue, { specification: document, operationResolver: () => () => undefined })
  await app.close()
  return routes
}

const literal = (value) => JSON.stringify(value, null, 2)
emit(
  'src/wire/schemas.generated.ts',
  `${header('asyncapi.yaml')}export const schemas: Readonly<Record<string, object>> = ${literal(schemas)}\n`,
)
const rest = parse(read('openapi.yaml'))
emit('src/api/openapi.generated.ts', await typesOf(rest, 'openapi.yaml'))
const { components, ...messagesHead } = messages
const { schemas: _, ...otherComponents } = components
emit(
  'src/api/documents.generated.ts',
  `${header('openapi.yaml and asyncapi.yaml')}import { schemas } from '../wire/schemas.generated.js'\n
export const openapi: object = ${literal(rest)}\n
const head = ${literal(messagesHead)}
const components = ${literal(otherComponents)}\n
export const asyncapi: object = { ...head, components: { ...components, schemas } }\n`,
)
const routesText = async (document, from, rest) =>
  `${header(from)}import type { RouteSource } from '${rest}/operation.js'
import type { OperationId } from './operation.js'\n
export const routeSources: readonly RouteSource<OperationId>[] = ${literal(await routesOf(document))}\n`
emit('src/api/routes.generated.ts', await routesText(rest, 'openapi.yaml', '../rest'))

const sidecarFile = 'sidecar.openapi.yaml'
const local = parse(read(sidecarFile))
const localFolder = 'src/sidecar-process/api'
emit(`${localFolder}/openapi.generated.ts`, await typesOf(local, sidecarFile))
emit(
  `${localFolder}/document.generated.ts`,
  `${header(sidecarFile)}export const openapi: object = ${literal(local)}\n`,
)
emit(
  `${localFolder}/routes.generated.ts`,
  await routesText(withoutCalls(local), sidecarFile, '../../rest'),
)
if (check && stale > 0) {
  console.error('Generated sources are out of date. Run: npm run generate')
  process.exit(1)
}
