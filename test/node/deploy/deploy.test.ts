import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import { runInstallService } from '../../../node/cli/install-service-command.ts'
import { nodeConfig } from '../../../node/cli/node-command.ts'
import { serviceUnit } from '../../../node/deploy/service-unit.ts'
import { run } from '../../support/processes.ts'

const test = suite('running a node for good')
const DEPLOY = join(import.meta.dirname, '../../../node/deploy')
const ROOT = join(DEPLOY, '../..')
const IS_ROOT = process.getuid?.() === 0
const ANALYZE = '/usr/bin/systemd-analyze'

/** A folder that every user gets into, unlike those for one's own. */
async function inOpenFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-open-'))
  try {
    await chmod(folder, 0o755)
    await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The text of each service of a compose file, by its name. */
const servicesOf = (compose: string): Record<string, string> => Object.fromEntries(compose.split(/^  (?=[a-z]+:$)/m).slice(1).map((text) => [text.slice(0, text.indexOf(':')), text]))

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
  assert.deepEqual(unit.match(/^DeviceAllow=.*$/gm), ['DeviceAllow=char-video4linux rw', 'DeviceAllow=char-alsa rw'])
  assert.doesNotMatch(unit, /^Group=/m, 'a user has a group, whatever it is called')
  assert.ok(unit.includes('ExecStart=/usr/bin/node /opt/t.js node --data /srv/dam --name "a \\"50%%\\" $$box"'), unit)
  for (const [user, data] of [['Robert; rm', '/srv/dam'], ['dam', 'relative'], ['dam', '/srv/a b'], ['dam', '/srv/%n'], ['dam', '/srv\nExecStartPre=/bin/evil']] as const) {
    assert.throws(() => serviceUnit({ user, data, command: [], flags: [] }), /no name of a user|can not be a folder/)
  }
})

test('a folder of footage that is away does not keep the node from starting', () => {
  const unit = serviceUnit({ user: 'dam', data: '/srv/dam', command: ['/usr/bin/node', '/opt/t.js'], flags: [], media: ['/mnt/nas', '/srv/cards'] })
  assert.match(unit, /^ReadOnlyPaths=-\/mnt\/nas -\/srv\/cards$/m)
  assert.match(unit, /^RequiresMountsFor=\/srv\/dam$/m)
})

test('install-service prints what it would write, and refuses flags no node takes', async () => {
  const shown = await run('install-service', '--data', '/srv/dam', '--dry-run', '--', '--http', '0.0.0.0:8080', '--auth')
  assert.equal(shown.code, 0, shown.stderr)
  assert.match(shown.stdout, /ExecStart=.*thatdam\.js node --data \/srv\/dam --http 0\.0\.0\.0:8080 --auth/)
  const wrong = await run('install-service', '--dry-run', '--', '--http', '0.0.0.0:8080', '--porridge')
  assert.deepEqual([wrong.code, /porridge/.test(wrong.stderr)], [2, true])
  assert.equal(nodeConfig(['--data', '/srv/dam', '--http', '0.0.0.0:8080']).auth, true, 'a node that others reach asks who they are, told or not')
})

test('no password of a broker, a camera or a TURN server gets into the unit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-unit-'))
  try {
    const file = join(folder, 'password')
    await writeFile(file, 'hunter2\n')
    const refused = await run('install-service', '--data', '/srv/dam', '--dry-run', '--', '--mqtt', 'mqtt://me:hunter2@broker.example')
    assert.deepEqual([refused.code, refused.stdout, /name its file with --mqtt-password-file/.test(refused.stderr)], [2, '', true])
    const shown = await run('install-service', '--data', '/srv/dam', '--dry-run', '--', '--mqtt', 'mqtt://me@broker.example', '--mqtt-password-file', file)
    assert.equal(shown.code, 0, shown.stderr)
    assert.ok(shown.stdout.includes(`--mqtt mqtt://me@broker.example --mqtt-password-file ${file}`) && !shown.stdout.includes('hunter2'), shown.stdout)
    const [source, turn] = ['rtsp://u:hunter2@h.example/x', 'turn:u:hunter2@h.example']
    for (const [flag, word, ...flags] of [['source', source, '--camera', 'gate', '--source', source], ['source', '', '--camera', 'gate', '--source', 'srt://:9000?mode=listener&passphrase=hunter2hunter2'], ['source', '', '--camera', 'obs', '--source', 'rtmp://:1935/live/hunter2'], ['ice-server', turn, '--ice-server', turn]]) {
      const { code, stdout, stderr } = await run('install-service', '--data', '/srv/dam', '--dry-run', '--', ...flags)
      assert.deepEqual([code, stdout, stderr.includes(`--${flag} @FILE`), stderr.includes('hunter2')], [2, '', true, false], stderr)
      if (word === '') continue
      await writeFile(file, `${word}\n`)
      const named = await run('install-service', '--data', '/srv/dam', '--dry-run', '--', ...flags.map((each) => each === word ? `@${file}` : each))
      assert.deepEqual([named.code, named.stdout.includes(`--${flag} @${file}`), named.stdout.includes('hunter2')], [0, true, false], named.stderr)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('no invite gets into the unit, however it is given', async () => {
  for (const flags of [['--join', 'SECRET-INVITE'], ['--join=SECRET-INVITE']]) {
    const { code, stdout, stderr } = await run('install-service', '--data', '/srv/dam', '--dry-run', '--', ...flags, '--auth')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /ExecStart=.* --join[ =]- --auth\nStandardInput=file:\/etc\/systemd\/system\/thatdam\.service\.invite\n/)
    assert.doesNotMatch(stdout, /SECRET/)
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

if (IS_ROOT) {
  test('compose gives a folder that Docker made for root to the user of the image, with no more than it is allowed', async () => {
    const { folder = '', node = '' } = servicesOf(await readFile(join(DEPLOY, 'compose.yaml'), 'utf8'))
    assert.match(node, /depends_on:\s+folder:\s+condition: service_completed_successfully/)
    assert.equal(/- (\S+:\/data)$/m.exec(folder)?.[1], /- (\S+:\/data)$/m.exec(node)?.[1])
    const words = JSON.parse(/entrypoint: (\[.*\])/.exec(folder)?.[1] ?? '[]') as string[]
    const caps = (/cap_add: \[(.*)\]/.exec(folder)?.[1] ?? '').split(', ').map((cap) => `+${cap.toLowerCase()}`).join(',')
    const [uid = ''] = /(?<=--uid )\d+/.exec(await readFile(join(DEPLOY, 'Dockerfile'), 'utf8')) ?? []
    await inOpenFolder(async (open) => {
      const data = join(open, 'data')
      await mkdir(data)
      const run = promisify(execFile)
      for (const _time of ['first', 'second']) await run('setpriv', ['--bounding-set', `-all,${caps}`, '--inh-caps', '-all', ...words.map((word) => word === '/data' ? data : word)])
      await run('setpriv', ['--reuid', uid, '--regid', uid, '--clear-groups', '--bounding-set', '-all', 'touch', join(data, 'kept')])
      assert.equal((await stat(data)).mode & 0o777, 0o750)
    })
  })

  test('a service has a user and a folder of its own, and installed again leaves them as they are', async () => {
    await inOpenFolder(async (open) => {
      const user = `thatdam-t${process.pid}`
      const data = join(open, 'data')
      const command = ['/bin/sh', join(open, 'thatdam.sh')] as const
      await writeFile(command[1], 'exit 0\n', { mode: 0o644 })
      process.env['DATA_ROOT'] = data
      try {
        assert.equal(await runInstallService(['--user', user], command, open), 0)
        const made = await stat(data)
        assert.deepEqual([made.mode & 0o777, made.uid > 0], [0o750, true])
        await writeFile(join(data, 'kept'), 'as it was')
        assert.equal(await runInstallService(['--user', user], command, open), 0)
        assert.deepEqual([(await stat(data)).uid, (await stat(join(data, 'kept'))).uid], [made.uid, 0])
        assert.match(await readFile(join(open, 'thatdam.service'), 'utf8'), new RegExp(`^User=${user}$[^]*^WorkingDirectory=${data}$`, 'm'))
      } finally {
        delete process.env['DATA_ROOT']
        await promisify(execFile)('userdel', [user])
      }
    })
  })

  test('only root reads the invite of a service, and one that is installed again without keeps none', async () => {
    await inOpenFolder(async (open) => {
      const install = (...flags: string[]): Promise<number> => runInstallService(['--user', 'nobody', '--data', join(open, 'data'), '--', ...flags], ['/bin/true'], open)
      const invite = join(open, 'thatdam.service.invite')
      await writeFile(invite, 'of an earlier time\n', { mode: 0o644 })
      assert.equal(await install('--join', 'SECRET-INVITE'), 0)
      const { mode, uid } = await stat(invite)
      assert.deepEqual([mode & 0o777, uid, await readFile(invite, 'utf8')], [0o600, 0, 'SECRET-INVITE\n'])
      assert.doesNotMatch(await readFile(join(open, 'thatdam.service'), 'utf8'), /SECRET/)
      assert.equal(await install(), 0)
      assert.ok(!existsSync(invite))
    })
  })

  test('a checkout that the service\'s user can not reach is no service, and neither is a folder it can not write', async () => {
    await inOpenFolder(async (open) => {
      const user = 'nobody'
      const home = join(open, 'home')
      const command = ['/bin/sh', join(home, 'thatdam.sh')] as const
      await mkdir(home, { mode: 0o700 })
      await writeFile(command[1], 'exit 0\n', { mode: 0o644 })
      await assert.rejects(runInstallService(['--user', user, '--data', join(open, 'data')], command, open), /nobody can not run .*thatdam\.sh: .*clone ThatDAM into \/opt\/thatdam/)
      await assert.rejects(runInstallService(['--user', user, '--data', join(home, 'data')], ['/bin/true'], open), /nobody can not write .*home\/data: a folder above it is closed/)
      assert.ok(!existsSync(join(open, 'thatdam.service')))
    })
  })
}

test('compose names files that are there', async () => {
  const text = await readFile(join(DEPLOY, 'compose.yaml'), 'utf8')
  assert.doesNotMatch(text, /\t/)
  assert.ok(existsSync(join(DEPLOY, '../..', /dockerfile: (\S+)/.exec(text)?.[1] ?? '-')))
  for (const [, path = ''] of text.matchAll(/- (\.\/[^:]+):/g)) assert.ok(existsSync(join(DEPLOY, path)), path)
  assert.match(text, /\$\{DATA_ROOT:-\/srv\/thatdam\}:\/data/)
})

test.run()
