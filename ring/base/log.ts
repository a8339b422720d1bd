import { format } from 'node:util'

/** printf-style log lines under a scope that is a path: `ring:network:rpc`. */
export interface Logger {
  (message: string, ...args: unknown[]): void
  error(message: string, ...args: unknown[]): void
  scope(name: string): Logger
}

/** `level` is 'error' (problems only), 'info' (what a person running a node wants to see), 'json' (the same, one object a line) or 'silent'. */
export type LogLevel = 'silent' | 'error' | 'info' | 'json'

export function createLog(write: (line: string) => void, level: LogLevel = 'info', scope = 'thatdam'): Logger {
  if (level === 'json') return createJsonLog(write, scope)
  const line = (text: string): void => write(`${new Date().toISOString()} ${scope} ${text}\n`)
  const log = ((message, ...args) => {
    if (level === 'info') line(format(message, ...args))
  }) as Logger
  log.error = (message, ...args) => {
    if (level !== 'silent') line(`error: ${format(message, ...args)}`)
  }
  log.scope = (name) => createLog(write, level, name)
  return log
}

/** `time`, `level`, `scope`, `message`. */
function createJsonLog(write: (line: string) => void, scope: string): Logger {
  const line = (level: string, message: string, args: unknown[]): void => write(`${JSON.stringify({ time: new Date().toISOString(), level, scope, message: format(message, ...args) })}\n`)
  const log = ((message, ...args) => line('info', message, args)) as Logger
  log.error = (message, ...args) => line('error', message, args)
  log.scope = (name) => createJsonLog(write, name)
  return log
}

export const silentLog: Logger = createLog(() => {}, 'silent')
