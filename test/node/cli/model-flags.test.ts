import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'uvu'
import { nodeConfig } from '../../../node/cli/node-command.ts'

const config = (...flags: string[]) => nodeConfig(['--data', '/tmp/none', ...flags])

test('a node is told where its models come from and what runs them; what is no URL and no provider is refused', () => {
  const { modelFolders, modelMirror, modelHub, inferenceProvider } = config('--models', 'shelf', '--models', '/srv/models', '--model-mirror', 'https://models.example.org', '--model-hub', 'none', '--inference-provider', 'cuda')
  assert.deepEqual({ modelFolders, modelMirror, modelHub, inferenceProvider }, { modelFolders: [resolve('shelf'), '/srv/models'], modelMirror: 'https://models.example.org', modelHub: 'none', inferenceProvider: 'cuda' })
  assert.equal(config().modelMirror, undefined)
  for (const wrong of [['--model-mirror', 'models.example.org'], ['--model-mirror', 'none'], ['--model-hub', 'ftp://models.example.org'], ['--model-hub', 'https://me:secret@models.example.org'], ['--inference-provider', '../cpu']]) {
    assert.throws(() => config(...wrong), { name: 'UsageError' }, wrong.join(' '))
  }
})

test.run()
