/**
 * Holds a server to WHEP (draft-ietf-wish-whep-04) and WHIP (RFC 9725), one line per requirement. It makes its own offers, so it needs no browser.
 *
 *   node test/conformance/run.ts --whep URL [--whip URL] [--token TOKEN]
 *
 * The WHEP endpoint has to be live with H.264; to the WHIP endpoint nobody else may publish. Exit code 0 when every MUST holds.
 */
import { parseArgs } from 'node:util'
import { Client } from './client.ts'
import { hold, lineOf, type Outcome } from './requirement.ts'
import { WHEP } from './whep-requirements.ts'
import { WHIP } from './whip-requirements.ts'

const { values: { whep, whip, token } } = parseArgs({ options: { whep: { type: 'string' }, whip: { type: 'string' }, token: { type: 'string' } } })
if (whep === undefined && whip === undefined) {
  process.stderr.write('say what to look at: --whep URL, --whip URL, or both; --token TOKEN when it asks for one\n')
  process.exit(2)
}
const print = (outcome: Outcome): void => { process.stdout.write(`${lineOf(outcome)}\n`) }
const auth = token === undefined ? {} : { token }
const outcomes = [
  ...whep === undefined ? [] : await hold(WHEP, new Client({ endpoint: whep, role: 'watch', ...auth }), print),
  ...whip === undefined ? [] : await hold(WHIP, new Client({ endpoint: whip, role: 'publish', ...auth }), print)
]
const count = (verdict: string): number => outcomes.filter((outcome) => outcome.verdict === verdict).length
process.stdout.write(`\n${count('ok')} ok, ${count('not ok')} not ok, ${count('skipped')} skipped\n`)
process.exit(outcomes.some(({ verdict, level }) => verdict === 'not ok' && level === 'must') ? 1 : 0)
