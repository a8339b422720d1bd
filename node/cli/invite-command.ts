import type { InviteView } from '#protocols/http.ts'
import { nodeApi, NODE_FLAGS } from './api.ts'
import { duration, parseFlags, positive, text, UsageError } from './flags.ts'
import { print } from './output.ts'

/** `thatdam invite node|peer`: prints the invite and nothing else. */
export async function runInvite(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('invite', argv, { ...NODE_FLAGS, expires: { type: 'string' }, uses: { type: 'string' } })
  const [role] = positionals
  if (positionals.length !== 1 || (role !== 'node' && role !== 'peer')) throw new UsageError('say what to invite: thatdam invite node, or thatdam invite peer')
  const expires = text(values, 'expires')
  const uses = text(values, 'uses')
  const body = { role, ...(expires === undefined ? {} : { expiresMs: duration('expires', expires) }), ...(uses === undefined ? {} : { uses: positive('uses', uses) }) }
  const { invite, expiresAt } = await nodeApi(values).post<InviteView>('invites', body)
  print(values['json'] === true ? JSON.stringify({ invite, role, expiresAt }) : invite)
  return 0
}
