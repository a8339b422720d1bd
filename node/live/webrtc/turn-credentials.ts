/** Credentials of a TURN server that end by themselves: "A REST API For Access To TURN Services" (draft-uberti-behave-turn-rest), as coturn has it with `use-auth-secret`. */
import { createHmac, randomBytes } from 'node:crypto'
import type { IceServer } from './ice.ts'

/** Credentials are good for this many seconds: who watches longer connects anew. @default 86400 */
export const TURN_CREDENTIAL_SECONDS = 86_400

/** What a client is told of a server, at this moment. */
export type TellServers = () => readonly IceServer[]

/** TURN servers without a password of their own are told with one made for whoever asks; the secret itself is told to nobody. */
export function serversToTell(servers: readonly IceServer[], secret: string | undefined, nowMs: () => number = Date.now): TellServers {
  return () => servers.map((server) => needsCredentials(server) && secret !== undefined ? { ...server, ...credentials(secret, nowMs()) } : server)
}

export const needsCredentials = ({ urls, username }: IceServer): boolean => /^turns?:/.test(urls) && username === undefined

/** The name has when it ends and, against mixing people up in the server's log, a word of chance. */
function credentials(secret: string, nowMs: number): { username: string; credential: string } {
  const username = `${Math.floor(nowMs / 1000) + TURN_CREDENTIAL_SECONDS}:${randomBytes(6).toString('hex')}`
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') }
}
