import assert from 'node:assert/strict'
import Fastify from 'fastify'
import { suite } from 'uvu'
import type { JobView } from '#protocols/http.ts'
import { run } from '../../support/processes.ts'

const test = suite('thatdam verify')

/** What a command says of a job that goes through these states, one at each look. */
async function followed(command: readonly string[], states: ReadonlyArray<JobView['state']>): Promise<{ code: number | null; looks: number; stderr: string }> {
  const app = Fastify({ forceCloseConnections: true })
  let looks = 0
  const job = (state: JobView['state']) => ({ id: '1', title: 'All footage', state, endedMs: ['running', 'paused'].includes(state) ? null : 1, filesDone: 0, filesTotal: 1, bytesDone: 0, bytesTotal: 1, imported: 0, known: 0, refused: 0, results: [] })
  for (const path of ['/api/v1/verify', '/api/v1/scan']) app.post(path, async () => job('running'))
  app.get('/api/v1/jobs/1', async () => job(states[looks++] ?? 'done'))
  try {
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const { code, stderr } = await run(...command, '--node', url)
    return { code, looks, stderr }
  } finally {
    await app.close()
  }
}

test('what was paused is waited for, and what was not done to its end is no success', async () => {
  for (const command of [['verify', '--all'], ['scan', '/media/nas']]) {
    for (const ending of ['cancelled', 'interrupted', 'failed'] as const) {
      const { code, looks, stderr } = await followed(command, ['paused', 'running', ending])
      assert.deepEqual([code, looks], [1, 3], `${command[0]}, ${ending}`)
      assert.match(stderr, new RegExp(`to (the|its) end: ${ending}`))
    }
    assert.deepEqual(await followed(command, ['paused', 'done']).then(({ code, looks }) => [code, looks]), [0, 2])
  }
})

test.run()
