/** With `--json` a command prints one JSON document, whatever it did. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCloud } from '../../../node/cli/cloud-command.ts'
import { runModels } from '../../../node/cli/models-command.ts'
import { runRolls } from '../../../node/cli/rolls-command.ts'

const test = suite('what commands print as JSON')

const ROLL = { id: 'r1', name: 'A001' }
const JOB = { id: 'j1', title: 'A001', endedMs: 1, state: 'done', error: null, results: [], filesDone: 1, filesTotal: 1, refused: 0, bytesDone: 1 }
const SAFE = { safe: false, rule: { nodes: 2, zones: 2 }, files: 1, safeFiles: 0, reasons: ['on one node only'] }
const ANSWERS: Readonly<Record<string, unknown>> = {
  'DELETE /api/v1/tiers/attic': null,
  'GET /api/v1/assets': { assets: [], cursor: null },
  'GET /api/v1/rolls': { rolls: [ROLL] },
  'GET /api/v1/rolls/A001': ROLL,
  'DELETE /api/v1/rolls/r1': null,
  'GET /api/v1/rolls/r1/report.html': { any: 'page' },
  'POST /api/v1/rolls/r1/verify': JOB,
  'GET /api/v1/rolls/r1/safe': SAFE,
  'GET /api/v1/models': { models: [{ id: 'eye', title: 'Eye', state: 'corrupt', usedFor: [], licence: 'MIT', nodes: [], inRing: false, origin: 'hub', bytes: 1 }], tasks: [], sources: [] }
}

let server: Server
let folder: string

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-json-'))
  server = createServer((request, response) => {
    const answer = ANSWERS[`${request.method} ${(request.url ?? '').split('?')[0]}`]
    request.resume().on('end', () => response.writeHead(answer === undefined ? 404 : answer === null ? 204 : 200, { 'content-type': 'application/json' }).end(answer == null ? '' : JSON.stringify(answer)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})

test.after(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

/** Exit code and standard output of a command. */
async function run(command: (argv: readonly string[]) => Promise<number>, ...argv: string[]): Promise<{ code: number; out: string }> {
  const write = process.stdout.write
  let out = ''
  process.stdout.write = (text) => { out += text; return true }
  try {
    return { code: await command([...argv, '--node', `http://127.0.0.1:${(server.address() as AddressInfo).port}`]), out }
  } finally {
    process.stdout.write = write
  }
}

const json = async (...of: Parameters<typeof run>): Promise<unknown> => JSON.parse((await run(...of, '--json')).out)

test('tiers: what was removed, and that nothing was to be recalled', async () => {
  assert.equal(await json(runCloud, 'remove', 'attic'), { removed: 'attic' })
  assert.equal(await json(runCloud, 'recall', '--all'), { jobs: [] })
})

test('rolls: the list, one answer of a verification, what was removed, where the report is', async () => {
  assert.equal(await json(runRolls), { rolls: [ROLL] })
  assert.equal(await json(runRolls, 'verify', 'A001'), { ...JOB, safe: SAFE })
  assert.is((await run(runRolls, 'verify', 'A001', '--json')).code, 1)
  assert.equal(await json(runRolls, 'remove', 'A001'), { removed: 'r1' })
  const file = join(folder, 'a001.html')
  assert.equal(await json(runRolls, 'report', 'A001', file), { report: file })
  assert.is((await run(runRolls, 'report', 'A001', file)).out, `the report is in ${file}\n`)
})

test('a model whose files are not what they were is called damaged', async () => {
  assert.match((await run(runModels, 'list')).out, /^eye +damaged /m)
})

test.run()
