/** A bare WebSocket server that answers each message with as many bytes as a heartbeat's answer. */
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

const answer = Buffer.alloc(120, 'x')

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
server.on('connection', (socket) => {
  socket.on('message', () => socket.send(answer))
})
server.on('listening', () => process.send!((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit(0))
