#!/usr/bin/env node
'use strict'
// The front door of every command. Written for old Node versions, so that they get one clear line
// instead of a syntax error.
// As `engines` of package.json says it.
var found = process.versions.node.split('.').map(Number)
var least = { 20: 19, 22: 12 }[found[0]]
if (found[0] < 24 && !(found[1] >= least)) {
  console.error('berth: Node 20.19, 22.12, or 24 and newer is needed, this is ' + process.version)
  process.exit(1)
}

var fs = require('node:fs')
var path = require('node:path')
var url = require('node:url')
// What is of the server is a program of its own: the command line never imports server code.
var programs = {
  replica: 'replica/process',
  recover: 'replica/recovery',
  sidecar: 'sidecar-process/process',
}
var program = Object.hasOwn(programs, process.argv[2]) ? programs[process.argv[2]] : 'cli'
var entry = path.join(__dirname, '..', 'dist', program, 'main.js')
if (!fs.existsSync(entry)) {
  console.error('berth: not built yet. Run: npm ci (or npm run build)')
  process.exit(1)
}
import(url.pathToFileURL(entry).href).catch((error) => {
  console.error(error)
  process.exit(1)
})
