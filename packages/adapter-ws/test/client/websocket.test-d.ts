import { WebSocket as NodeWebSocket } from 'ws'
import { websocket } from '../../src/client.ts'

websocket({ url: '/presence' })
websocket({ url: 'wss://app.example/presence', protocols: ['rollcall', 'token'] })
// Both fit as they are.
websocket({ url: '/presence', WebSocket })
websocket({ url: '/presence', WebSocket: NodeWebSocket })
// @ts-expect-error there must be something to connect to
websocket({ WebSocket })
// @ts-expect-error a class that is no WebSocket
websocket({ url: '/presence', WebSocket: EventTarget })
