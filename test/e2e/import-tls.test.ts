// needs: ffmpeg
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { ImportResult } from '#protocols/http.ts'
import { createMediaFolder } from '../support/media-folder.ts'
import { run, Thatdam } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('bringing files in over TLS')

test('a node whose certificate it made itself takes files by its fingerprint, also from a key that may do no more than that', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-import-tls-'))
  const media = await createMediaFolder(['day1/a.mp4'])
  const node = new Thatdam(['node', '--data', join(dir, 'alder'), '--name', 'alder', '--http', '127.0.0.1:0', '--listen', '/ip4/127.0.0.1/tcp/0', '--no-mdns', '--json', '--tls', '--auth'])
  try {
    const { http, fingerprint } = await node.event('ready')
    const token = await until(() => /keep it\): (td_\S+)/.exec(node.stderr)?.[1], 'the node prints its token')
    const at = ['--node', String(http), '--tls-fingerprint', String(fingerprint)]
    const key = /tdk_\S+/.exec((await run('token', 'create', 'cart', '--scope', 'ingest', ...at, '--token', token)).stdout)?.[0] ?? ''
    const sent = await run('import', media.root, ...at, '--token', key, '--json')
    assert.equal(sent.code, 0, sent.stderr)
    assert.deepEqual((JSON.parse(sent.stdout) as { results: ImportResult[] }).results.map(({ outcome }) => outcome), ['imported'])
    const stranger = await run('import', media.root, '--node', String(http), '--tls-fingerprint', String(fingerprint).replace(/^../, (pair) => pair === '00' ? '01' : '00'), '--token', key)
    assert.deepEqual([stranger.code, /fingerprint/.test(stranger.stderr)], [1, true], stranger.stderr)
  } finally {
    await node.stop()
    await media.remove()
    await rm(dir, { recursive: true, force: true })
  }
})

test.run()
