// Lets Node run the TypeScript of this repository as it stands, for programs that are no part of
// the product: node --import ./scripts/typescript.mjs test/chaos/main.ts
//
// Types are stripped, never checked (`npm run check` does); `./x.js` means `./x.ts` where that is
// what there is.
import { existsSync, readFileSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

// Newer Nodes have hooks in each thread, and call the others deprecated. Those run in a thread of
// their own, which imports this file as well.
const inThread = 'registerHooks' in module
const compiler =
  inThread || !isMainThread ? module.createRequire(import.meta.url)('typescript') : null

export function resolve(specifier, context, next) {
  if (specifier.startsWith('.') && specifier.endsWith('.js')) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL)
    if (existsSync(fileURLToPath(source))) return next(source.href, context)
  }
  return next(specifier, context)
}

export function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context)
  const fileName = fileURLToPath(url)
  const { outputText } = compiler.transpileModule(readFileSync(fileName, 'utf8'), {
    fileName,
    compilerOptions: {
      target: 'ES2022',
      module: 'ESNext',
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  })
  return { format: 'module', source: outputText, shortCircuit: true }
}

if (inThread) module.registerHooks({ resolve, load })
else if (isMainThread) module.register(import.meta.url)
