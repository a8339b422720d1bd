/** What a PATCH with an SDP fragment does to a session, and under which conditions (RFC 9725 section 4.3, draft-ietf-wish-whep-04 section 4.5; RFC 9110 section 13.1.1). */
import { randomBytes } from 'node:crypto'
import { PreconditionFailedError, PreconditionRequiredError, UnprocessableError } from '#protocols/errors.ts'
import type { Ice } from './ice.ts'
import { readFragment, writeFragment } from './sdp-fragment.ts'

/** `tag` and `fragment` are of the new ICE session; undefined when there is none and candidates were added. */
export type PatchOutcome = { readonly tag: string; readonly fragment: string } | undefined

/** The PATCHes of one session, one after another. */
export interface IcePatches {
  /** Strong entity-tag of the ICE session, quoted. */
  tag(): string
  /** @throws InvalidInputError, PreconditionRequiredError, PreconditionFailedError, UnprocessableError */
  patch(body: string, ifMatch: string | undefined): Promise<PatchOutcome>
}

const newTag = (): string => `"${randomBytes(9).toString('base64url')}"`

/** `description` is the SDP we sent. */
export function icePatches(ice: Ice, description: string): IcePatches {
  const past = new Set<string>()
  let tag = newTag()
  let last: Promise<unknown> = Promise.resolve()

  async function apply(body: string, ifMatch: string | undefined): Promise<PatchOutcome> {
    const { credentials, candidates } = readFragment(body)
    checkTag(ifMatch, tag)
    const now = ice.remote()
    if (credentials === undefined || (credentials.ufrag === now.ufrag && credentials.pwd === now.pwd)) return void await ice.add(candidates)
    if (past.has(credentials.ufrag)) throw new PreconditionFailedError('these ICE credentials are of an ICE session that was restarted since')
    if (credentials.ufrag === now.ufrag) throw new UnprocessableError('an ICE restart changes both ice-ufrag and ice-pwd')
    if (!ice.isConnected()) throw new UnprocessableError('only a session that is connected can restart ICE: send the credentials of your offer, or begin a new session')
    const { candidates: own, ...local } = await ice.restart(credentials, candidates)
    past.add(now.ufrag)
    tag = newTag()
    return { tag, fragment: writeFragment(description, local, own) }
  }

  return {
    tag: () => tag,
    patch(body, ifMatch) {
      const result = last.then(() => apply(body, ifMatch))
      last = result.catch(() => {})
      return result
    }
  }
}

/** `*` is any ICE session; some players write it as `"*"`, as the example of the draft does. */
function checkTag(ifMatch: string | undefined, tag: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '') throw new PreconditionRequiredError('send If-Match with the ETag of the session, or * to restart ICE')
  const tags = ifMatch.split(',').map((each) => each.trim())
  if (!tags.some((each) => each === tag || each === '*' || each === '"*"')) throw new PreconditionFailedError('this ETag is not that of the present ICE session')
}
