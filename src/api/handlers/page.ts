/**
 * The page at `/`: who this is and where to look, for people. Self-contained: no script, nothing
 * loaded from anywhere.
 */
import { type OpenapiDocument, operationsOf } from '../../rest/documents.js'
import type { ClusterStatus } from '../replica-port.js'

export const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
}

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
    border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
  code { font: .9em/1.4 ui-monospace, monospace; overflow-wrap: anywhere }`

/** Paths that work as links as they stand: reads without parameters, or with `default` in them. */
export function renderPage(document: OpenapiDocument, cluster: ClusterStatus): string {
  const rows = operationsOf(document).map(({ method, template, operation }) => {
    const link = template.replace('{namespace}', 'default')
    const path = `<code>${text(template)}</code>`
    const linked = method === 'GET' && !link.includes('{') && !needsQuery(template)
    const shown = linked ? `<a href="${text(link)}">${path}</a>` : path
    return `<tr><td>${method}</td><td>${shown}</td><td>${text(operation.summary)}</td></tr>`
  })
  const leader = cluster.leader === null ? 'no leader is known' : `replica ${cluster.leader} leads`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Berth, replica ${cluster.answeredBy}</title>
<style>${style}</style>
</head>
<body>
<h1>Berth</h1>
<p>This is replica ${cluster.answeredBy}; ${leader} in term ${cluster.term}.
Berth knows which host runs an actor:
<code>/v1/namespaces/default/actors/{type}/{id}</code>.</p>
<table>
<thead><tr><th>Method</th><th>Path</th><th>What it does</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
<p>Hosts connect by WebSocket to <code>/v1/host</code>;
<a href="/asyncapi.json">asyncapi.json</a> has its messages.</p>
</body>
</html>
`
}

/** The only read that does not work without a query. */
function needsQuery(template: string): boolean {
  return template.endsWith('/diff')
}

function text(raw: string): string {
  return raw
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
