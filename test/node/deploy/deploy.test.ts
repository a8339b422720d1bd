import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import { nodeConfig } from '../../../node/cli/node-command.ts'
import { serviceUnit } from '../../../node/deploy/service-unit.ts'
import { run } from '../../support/processes.ts'

const test = suite('running a node for good')
const DEPLOY = join(import.meta.dirname, '../../../node/deploy')
const ROOT = join(DEPLOY, '../..')
const ANALYZE = '/usr/bin/systemd-analyze'

/** What people read and run when they install. */
async function pagesAndScripts(): Promise<Array<{ file: string; text: string }>> {
  const areas = (await readdir(ROOT, { withFileTypes: true })).filter(({ name }) => name !== 'node_modules' && name !== '.git')
  const within = await Promise.all(areas.map(async (area) => area.isDirectory() ? (await readdir(join(ROOT, area.name), { recursive: true })).map((file) => join(area.name, file)) : [area.name]))
  const files = within.flat().filter((file) => /(\.md|\.ya?ml|Dockerfile)$/.test(file))
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(join(ROOT, file), 'utf8') })))
}

test('the unit is one systemd takes', async () => {
  if (!existsSync(ANALYZE)) return void process.stdout.write('skipped: systemd-analyze is not installed\n')
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-unit-'))
  try {
    const file = join(folder, 'thatdam.service')
    await writeFile(file, serviceUnit({ user: 'root', data: '/var/lib/thatdam', command: [process.execPath, '/opt/thatdam/node/bin/thatdam.js'], flags: ['--http', '0.0.0.0:8080', '--auth', '--name', 'the $1 "50%" box'], media: ['/srv'] }))
    const { stderr } = await promisify(execFile)(ANALYZE, ['verify', '--man=no', '--recursive-errors=no', file]).catch((err: { stderr: string }) => { throw new Error(err.stderr) })
    assert.equal(stderr.split('\n').filter((line) => line.includes('thatdam.service')).join('\n'), '')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the unit writes only its data, and words mean what they are', () => {
  const unit = serviceUnit({ user: 'dam', data: '/srv/dam', command: ['/usr/bin/node', '/opt/t.js'], flags: ['--name', 'a "50%" $box'] })
  assert.match(unit, /^ReadWritePaths=\/srv\/dam$/m)
  assert.match(unit, /^ProtectSystem=strict$/m)
  assert.match(unit, /^DeviceAllow=char-video4linux rw$/m)
  assert.ok(unit.includes('ExecStart=/usr/bin/node /opt/t.js node --data /srv/dam --name "a \\"50%%\\" $$box"'), unit)
  for (const [user, data] of [['Robert; rm', '/srv/dam'], ['dam', 'relative'], ['dam', '/srv/a b'], ['dam', '/srv/%n'], ['dam', '/srv\nExecStartPre=/bin/evil']] as const) {
    assert.throws(() => serviceUnit({ user, data, command: [], flags: [] }), /no name of a user|can not be a folder/)
  }
})

test('install-service prints what it would write, and refuses flags no node takes', async () => {
  const shown = await run('install-service', '--data', '/srv/dam', '--dry-run', '--', '--http', '0.0.0.0:8080', '--auth')
  assert.equal(shown.code, 0, shown.stderr)
  assert.match(shown.stdout, /ExecStart=.*thatdam\.js node --data \/srv\/dam --http 0\.0\.0\.0:8080 --auth/)
  const wrong = await run('install-service', '--dry-run', '--', '--http', '0.0.0.0:8080', '--porridge')
  assert.deepEqual([wrong.code, /porridge/.test(wrong.stderr)], [2, true])
  assert.equal(nodeConfig(['--data', '/srv/dam', '--http', '0.0.0.0:8080']).auth, true, 'a node that others reach asks who they are, told or not')
})

test('no password of a broker gets into the unit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-unit-'))
  try {
    const file = join(folder, 'password')
    await writeFile(file, 'hunter2\n')
    const refused = await run('install-service', '--data', '/srv/dam', '--dry-run', '--', '--mqtt', 'mqtt://me:hunter2@broker.example')
    assert.deepEqual([refused.code, refused.stdout, /name its file with --mqtt-password-file/.test(refused.stderr)], [2, '', true])
    const shown = await run('install-service', '--data', '/srv/dam', '--dry-run', '--', '--mqtt', 'mqtt://me@broker.example', '--mqtt-password-file', file)
    assert.equal(shown.code, 0, shown.stderr)
    assert.ok(shown.stdout.includes(`--mqtt mqtt://me@broker.example --mqtt-password-file ${file}`) && !shown.stdout.includes('hunter2'), shown.stdout)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the Dockerfile copies and runs what there is', async () => {
  const file = await readFile(join(DEPLOY, 'Dockerfile'), 'utf8')
  const steps = file.replace(/\\\n/g, ' ').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const words = new Set(['FROM', 'RUN', 'WORKDIR', 'COPY', 'USER', 'ENV', 'VOLUME', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD'])
  for (const step of steps) assert.ok(words.has(step.split(' ')[0] ?? ''), step)
  for (const step of steps.filter((each) => each.startsWith('COPY ') && !each.includes('--from'))) for (const path of step.split(' ').slice(1, -1)) assert.ok(existsSync(join(ROOT, path)), path)
  for (const line of steps.filter((each) => /^(ENTRYPOINT|CMD) /.test(each))) assert.ok(Array.isArray(JSON.parse(line.slice(line.indexOf('[')))))
  const flags = JSON.parse((steps.at(-1) ?? '').slice(4)) as string[]
  assert.equal(nodeConfig(flags.slice(1)).auth, true)
})

test('no documented way to install leaves out what preparing needs', async () => {
  const { scripts, devDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: { prepare: string }; devDependencies: Record<string, string> }
  const prepare = scripts.prepare.split(' ').at(-1) ?? ''
  const needs = [...(await readFile(join(ROOT, prepare), 'utf8')).matchAll(/from '([^'.#][^']*)'/g)].flatMap(([, name = '']) => name in devDependencies ? [name] : [])
  assert.ok(needs.length > 0, 'when preparing needs nothing of the kind, this test may go')
  const omitting = (await pagesAndScripts()).flatMap(({ file, text }) => [...text.matchAll(/npm (?:ci|i|install)\b[^\n`;&|]*/g)].flatMap(([command]) => /--omit[= ]dev|--production/.test(command) && !command.includes('--ignore-scripts') ? [`${file}: ${command}`] : []))
  assert.deepEqual(omitting, [], `${prepare} imports ${needs.join(', ')}`)
})

test('compose names files that are there', async () => {
  const text = await readFile(join(DEPLOY, 'compose.yaml'), 'utf8')
  assert.doesNotMatch(text, /\t/)
  assert.ok(existsSync(join(DEPLOY, '../..', /dockerfile: (\S+)/.exec(text)?.[1] ?? '-')))
  for (const [, path = ''] of text.matchAll(/- (\.\/[^:]+):/g)) assert.ok(existsSync(join(DEPLOY, path)), path)
  assert.match(text, /\$\{DATA_ROOT:-\/srv\/thatdam\}:\/data/)
})

test.run()
