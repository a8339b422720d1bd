import { networkInterfaces } from 'node:os'
import { InvalidInputError } from '#protocols/errors.ts'

/** `HOST:PORT` as two. @throws InvalidInputError */
export function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) throw new InvalidInputError(`not HOST:PORT: ${JSON.stringify(text.slice(0, 100))} (for example 127.0.0.1:8080 or [::1]:8080)`)
  return { host: match[1] ?? match[2] ?? '', port }
}

/** The URL as other machines can open it: an address of this machine where it is bound to any. */
export function reachableUrl(url: string): string {
  const any = /^(https?):\/\/(?:0\.0\.0\.0|\[::\])(:\d+)$/.exec(url)
  if (any === null) return url
  const outside = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []).find(({ internal, family }) => !internal && family === 'IPv4')
  return `${any[1]}://${outside?.address ?? '127.0.0.1'}${any[2]}`
}
