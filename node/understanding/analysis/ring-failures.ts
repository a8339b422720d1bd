import { FAILURES_PROTOCOL, type FailuresRequest, failuresRequestCodec, type FailuresResponse, failuresResponseCodec, MAX_FAILURE_NAMES } from '#protocols/failures.ts'
import type { Ring, RpcProtocol } from '#ring'
import type { Analyses } from './analyses.ts'

const failuresProtocol: RpcProtocol<FailuresRequest, FailuresResponse> = { id: FAILURES_PROTOCOL, roles: ['node'], request: failuresRequestCodec, response: failuresResponseCodec, maxInFlight: 8 }

/** Another node has to have told what it could not understand by then, in ms. @default 2000 */
export const FAILURES_TIMEOUT_MS = 2_000

export interface RingFailuresComponents {
  readonly ring: { readonly network: Pick<Ring['network'], 'serve' | 'request'>; readonly membership: Pick<Ring['membership'], 'members'> }
  readonly analyses: Pick<Analyses, 'failures'>
}

/** What could not be understood, by names in `made`: each asset counts at the one node whose turn it is. */
export interface RingFailures {
  /** Of all nodes that answer; `silent` names the others, those that are away among them. */
  counts(): Promise<{ readonly counts: ReadonlyMap<string, number>; readonly silent: readonly string[] }>
}

export function createRingFailures({ ring: { network, membership }, analyses }: RingFailuresComponents, { timeoutMs = FAILURES_TIMEOUT_MS }: { readonly timeoutMs?: number } = {}): RingFailures {
  network.serve(failuresProtocol, async () => ({ counts: [...analyses.failures()].slice(0, MAX_FAILURE_NAMES).map(([name, assets]) => ({ name, assets })) }))

  return {
    async counts() {
      const counts = new Map(analyses.failures())
      const others = membership.members().filter(({ self }) => !self)
      const answers = await Promise.all(others.map(async ({ peerId, alive }) => alive ? network.request(peerId, failuresProtocol, {}, { signal: AbortSignal.timeout(timeoutMs) }).catch(() => undefined) : undefined))
      for (const { name, assets } of answers.flatMap((answer) => answer?.counts.slice(0, MAX_FAILURE_NAMES) ?? [])) counts.set(name, (counts.get(name) ?? 0) + assets)
      return { counts, silent: others.filter((_, at) => answers[at] === undefined).map(({ name }) => name).sort() }
    }
  }
}
