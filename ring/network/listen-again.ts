import { createServer } from 'node:net'

/**
 * Listening addresses with port 0 get the port of last time where it is still free, so that others find a restarted node where they knew it.
 * `lastPorts` are in the order of `listen`.
 */
export async function listenAgain(listen: readonly string[], lastPorts: readonly number[]): Promise<string[]> {
  return Promise.all(listen.map(async (address, i) => {
    const port = lastPorts[i] ?? 0
    const [, , host = ''] = address.split('/')
    return address.endsWith('/tcp/0') && port > 0 && await isFree(host, port) ? address.replace(/0$/, String(port)) : address
  }))
}

/** The ports a host got, in the order of `listen`; 0 where it cannot be told. */
export function portsOf(listen: readonly string[], addresses: readonly string[]): number[] {
  return listen.map((address) => {
    const [, family, host] = address.split('/')
    const own = addresses.map((text) => text.split('/')).find(([, itsFamily, itsHost]) => itsFamily === family && (itsHost === host || host === '0.0.0.0' || host === '::'))
    return Number(own?.[4] ?? 0)
  })
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
