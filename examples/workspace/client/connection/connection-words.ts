import type { ConnectionReason, ConnectionStatus } from '@rollcall/client'

export const CONNECTION_WORDS: Readonly<Record<ConnectionStatus, string>> = {
  idle: 'Not connected yet',
  connecting: 'Connecting',
  connected: 'Connected',
  reconnecting: 'Reconnecting',
  suspended: 'Put away',
  closed: 'Disconnected',
  failed: 'Refused',
}

export const REASON_WORDS: Readonly<Record<ConnectionReason, string>> = {
  initial: 'Nothing was asked of it yet',
  connect: 'The page asked for it',
  welcome: 'The server knows us',
  'transport-closed': 'The line broke off',
  timeout: 'The server did not answer in time',
  silent: 'The server was silent after a wake-up',
  'wake-up': 'The page or the network came back',
  unavailable: 'The server could not answer now',
  draining: 'The server is stopping',
  overloaded: 'The server is busy',
  'cut-off': 'The server lost its store',
  'page-hidden': 'The page was put away',
  'page-frozen': 'The browser froze the page',
  'sign-out': 'The login was ended',
  kicked: 'An admin ended it',
  refused: 'The server refused',
  limit: 'Too many connections',
  disconnect: 'You did, on purpose',
  logout: 'You signed out',
  dispose: 'The page let go of it',
  'authentication-error': 'The token was rejected',
  rejected: 'The server refused the greeting',
}
