// Makes the generated sources from the contracts. `node scripts/generate.mjs --check` only compares.
//   asyncapi.yaml -> src/wire/messages.generated.ts (types), src/wire/schemas.generated.ts (schemas)
//   openapi.yaml  -> src/api/openapi.generated.ts (types)
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
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
emit(
  'src/wire/schemas.generated.ts',
  `${header('asyncapi.yaml')}export const schemas: Readonly<Record<string, object>> = ${JSON.stringify(schemas, null, 2)}\n`,
)
if (existsSync(`${root}openapi.yaml`)) {
  emit('src/api/openapi.generated.ts', await typesOf(parse(read('openapi.yaml')), 'openapi.yaml'))
}
if (check && stale > 0) {
  console.error('Generated sources are out of date. Run: npm run generate')
  process.exit(1)
}
