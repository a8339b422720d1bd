// needs: setpriv unshare nsenter systemctl ffmpeg
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetDetail, AssetList, CameraList, DerivedList, InviteView, JobView, MomentList } from '#protocols/http.ts'
import { PLAIN_FONT } from '../support/drawn-picture.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { freePort } from '../support/free-port.ts'
import { SystemdMachine, whyNoSystemd } from '../support/systemd-machine.ts'
import { until } from '../support/until.ts'

const test = suite('the service, run by systemd')
const why = whyNoSystemd()
const when = why === undefined ? test : test.skip
if (why !== undefined) process.stdout.write(`skipped: ${why}\n`)

const ROOT = join(import.meta.dirname, '../..')
/** As the machine of the service sees it. */
const CHECKOUT = '/opt/thatdam'
const THATDAM = [`${CHECKOUT}/node_modules/node/bin/node`, `${CHECKOUT}/node/bin/thatdam.js`]
const UNIT = '/etc/systemd/system/thatdam.service'
const INVITE = `${UNIT}.invite`
const CACHE = '/var/cache/thatdam'
const DATA = '/srv/thatdam'
const MEDIA = '/srv/media'
/** Longest a start, or the understanding of one short film, takes on a busy machine, in ms. */
const SLOW_MS = 180_000
/** What a program tries where the node runs: a line with the answer for each. */
const PROBE = `
const { closeSync, openSync, readdirSync, writeFileSync } = require('node:fs')
const { spawnSync } = require('node:child_process')
const attempt = (what, act) => { try { act(); console.log('probe ' + what + ' yes') } catch (err) { console.log('probe ' + what + ' ' + (err.code ?? err.message)) } }
for (const folder of ['${DATA}', '/tmp', '${MEDIA}', '${CHECKOUT}/node', '/srv/open', '/home/open']) attempt('write:' + folder, () => writeFileSync(folder + '/probe', ''))
for (const device of ['/dev/null', '/dev/fuse']) attempt('open:' + device, () => closeSync(openSync(device, 'r+')))
attempt('read:${MEDIA}', () => readdirSync('${MEDIA}'))
for (const words of [['mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], ['unshare', '--user', 'true'], ['true']]) attempt('run:' + words[0], () => { if (spawnSync(words[0], words.slice(1)).status !== 0) throw new Error('no') })
`

let machine: SystemdMachine
let media: string
let port: number
let token: string

const systemctl = (...words: string[]): Promise<string> => machine.run('systemctl', ...words)
const property = async (name: string): Promise<string> => (await systemctl('show', '--value', '--property', name, 'thatdam')).trim()
const journal = (): Promise<string> => machine.run('journalctl', '--unit', 'thatdam', '--output', 'cat')
const url = (path: string): string => `http://127.0.0.1:${port}${path}`
const isUp = (): Promise<boolean> => fetch(url('/healthz'), { signal: AbortSignal.timeout(5_000) }).then(({ ok }) => ok, () => false)
const FLAGS = ['--listen', '/ip4/127.0.0.1/tcp/0', '--no-mdns', '--auth', '--log', 'json', '--model-hub', 'none', '--camera', 'Porch', '--source', 'test?size=320x180']
const install = (...more: string[]): Promise<string> => machine.run(...THATDAM, 'install-service', '--data', DATA, '--media', MEDIA, '--', '--http', `127.0.0.1:${port}`, ...FLAGS, ...more)
/** One for a machine of this role, of the running node. */
async function inviteFor(role: 'node' | 'peer'): Promise<string> {
  const answer = await fetch(url('/api/v1/invites'), { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ role }) })
  return (await answer.json() as InviteView).invite
}

async function get<T>(path: string): Promise<T> {
  const answer = await fetch(url(path), { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(10_000) })
  if (!answer.ok) throw new Error(`${answer.status} ${path}: ${await answer.text()}`)
  return await answer.json() as T
}

/** The unit as its administrator may add to it: a program that runs before the node, under all that holds for it. */
async function probeAtStart(): Promise<void> {
  writeFileSync(machine.path('/opt/probe.cjs'), PROBE)
  await machine.run('sh', '-ec', 'mkdir -m 777 /srv/open /home/open; mknod -m 666 /dev/fuse c 10 229; mkdir -p /etc/systemd/system/thatdam.service.d')
  writeFileSync(machine.path('/etc/systemd/system/thatdam.service.d/probe.conf'), `[Service]\nExecStartPre=${THATDAM[0]} /opt/probe.cjs\n`)
}

/** A port that only root opens, or whoever is allowed to. */
async function freeLowPort(): Promise<number> {
  for (let low = 700; low < 1_024; low++) {
    const server = createServer().listen(low, '127.0.0.1')
    const isFree = await once(server, 'listening').then(() => true, () => false)
    server.close()
    if (isFree) return low
  }
  throw new Error('no port below 1024 is free')
}

/** Until the node answers as another process than `before`. */
async function upAgain(before: string): Promise<void> {
  await until(async () => await property('MainPID') !== before && await property('ActiveState') === 'active' && await isUp(), 'the node is back', SLOW_MS)
}

const theFilm = async (): Promise<AssetDetail> => {
  const { assets: [film] } = await get<AssetList>('/api/v1/assets?q=name:clip')
  return get<AssetDetail>(`/api/v1/assets/${film?.id}`)
}

test.before(async () => {
  if (why !== undefined) return
  media = mkdtempSync(join(tmpdir(), 'thatdam-media-'))
  const scene = (colour: string): string => `color=${colour}:s=640x360:r=25:d=2`
  const words = `drawtext=fontfile=${PLAIN_FONT}:text='HARBOUR GATE 42':x=60:y=150:fontsize=44:fontcolor=white`
  ffmpeg(...[scene('gray'), `${scene('navy')},${words}`].flatMap((each) => ['-f', 'lavfi', '-i', each]), '-filter_complex', 'concat=n=2:v=1', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', join(media, 'clip.mp4'))
  port = await freePort()
  machine = await SystemdMachine.boot({ [ROOT]: CHECKOUT, [media]: MEDIA })
  chmodSync(machine.path(MEDIA), 0o777) // what keeps the node from writing it is not that it may not
  await machine.run('groupdel', '--force', 'audio') // not every machine has it
})

test.after(async () => {
  await machine?.stop()
  if (media !== undefined) rmSync(media, { recursive: true })
})

when('it is installed, and a second time changes nothing', async () => {
  await install()
  const read = (): string[] => [UNIT, '/etc/passwd', '/etc/group'].map((file) => readFileSync(machine.path(file), 'utf8'))
  const first = read()
  await install()
  assert.deepEqual(read(), first)
})

when('it starts as its own user and answers, and its first words are in the journal: a token, and objects', async () => {
  await probeAtStart()
  await systemctl('daemon-reload')
  await systemctl('enable', '--now', 'thatdam')
  await until(isUp, 'the node answers', SLOW_MS).catch(async (err) => assert.fail(`${(err as Error).message}: ${await journal()}`))
  const said = (await journal()).trim().split('\n')
  token = /Admin token .*: (\S+)$/m.exec(said.join('\n'))?.[1] ?? ''
  assert.notEqual(token, '', said.join('\n'))
  assert.equal((await machine.run('ps', '--format', 'user:20=', '--pid', await property('MainPID'))).trim(), 'thatdam')
  for (const line of said.filter((each) => each.startsWith('{'))) assert.deepEqual(Object.keys(JSON.parse(line) as object).slice(0, 4).sort(), ['level', 'message', 'scope', 'time'], line)
})

when('where it runs, nothing but its data and files for a moment can be written, not even what is open to everybody, and no other device opened', async () => {
  const said = (await journal()).split('\n').filter((line) => line.startsWith('probe ')).map((line) => line.slice('probe '.length))
  assert.deepEqual(said, [
    `write:${DATA} yes`, 'write:/tmp yes', `write:${MEDIA} EROFS`, `write:${CHECKOUT}/node EROFS`, 'write:/srv/open EROFS', 'write:/home/open EROFS',
    'open:/dev/null yes', 'open:/dev/fuse EPERM', `read:${MEDIA} yes`, 'run:mount no', 'run:unshare no', 'run:true yes'
  ])
})

when('a film is read where it lies, and shown and understood by the programs the node starts', async () => {
  const job = JSON.parse(await machine.run(...THATDAM, 'scan', MEDIA, '--add', '--mode', 'reference', '--node', url(''), '--token', token, '--json')) as JobView
  assert.deepEqual([job.state, job.imported, job.refused], ['done', 1, 0], JSON.stringify(job))
  const film = await theFilm()
  assert.deepEqual([film.locations.map(({ path }) => path), Math.round((film.probe?.durationMs ?? 0) / 1_000)], [[`${MEDIA}/clip.mp4`], 4])
  await until(async () => (await get<DerivedList>(`/api/v1/assets/${film.id}/derived`)).derived.every(({ state }) => state === 'made'), 'its poster, waveform and the rest are made', SLOW_MS)
  const { found: [found] } = await until(async () => {
    const list = await get<MomentList>('/api/v1/search?q=harbour+gate&sense=words')
    return list.found.length > 0 ? list : undefined
  }, 'the words in it are found', SLOW_MS)
  assert.equal(found?.subject.id, film.id)
})

when('a camera is recorded', async () => {
  await until(async () => (await get<CameraList>('/api/v1/cameras')).cameras.some(({ recording, lastDurableMs }) => recording && lastDurableMs > 0), 'the camera is recorded', SLOW_MS)
})

when('a camera of another machine is there from when that has power, by the unit of the page on the Raspberry Pi', async () => {
  const page = readFileSync(join(ROOT, 'node/deploy/raspberry-pi.md'), 'utf8')
  const unit = /```ini\n([^`]*)```/.exec(page)?.[1] ?? ''
  writeFileSync(machine.path('/etc/thatdam-invite'), `${await inviteFor('peer')}\n`, { mode: 0o600 })
  const here = unit.replace('v4l2:/dev/video0', 'test?size=320x180 --http 127.0.0.1:0').replace('=video audio', '=video').replace(CHECKOUT, `${THATDAM[0]} ${CHECKOUT}`) // no camera, no group of sound and perhaps no Node but the checkout's
  writeFileSync(machine.path('/etc/systemd/system/thatdam-camera.service'), here)
  await systemctl('daemon-reload')
  await systemctl('enable', '--now', 'thatdam-camera')
  await until(async () => (await get<CameraList>('/api/v1/cameras')).cameras.some(({ id, recording }) => id === 'door' && recording), 'its camera is recorded', SLOW_MS).catch(async (err) => assert.fail(`${(err as Error).message}: ${await machine.run('journalctl', '--unit', 'thatdam-camera', '--output', 'cat')}`))
  await systemctl('disable', '--now', 'thatdam-camera')
})

when('killed, it comes back by itself with all it had', async () => {
  const before = await property('MainPID')
  await machine.run('kill', '-KILL', before)
  await upAgain(before)
  assert.equal(await property('NRestarts'), '1')
  assert.deepEqual((await theFilm()).locations.map(({ path }) => path), [`${MEDIA}/clip.mp4`])
})

when('an invite it was installed with is known to root alone, and it starts with that as its own user', async () => {
  const before = await property('MainPID')
  const invite = await inviteFor('node')
  await install('--join', invite)
  assert.equal(statSync(machine.path(INVITE)).mode & 0o777, 0o600)
  assert.equal(readFileSync(machine.path(INVITE), 'utf8'), `${invite}\n`)
  assert.ok(!readFileSync(machine.path(UNIT), 'utf8').includes(invite))
  await systemctl('daemon-reload')
  await systemctl('restart', 'thatdam')
  await upAgain(before)
})

when('its compiled code is kept where it may write', async () => {
  assert.ok(readdirSync(machine.path(CACHE), { recursive: true }).length > 1)
})

when('restarted, it ends in time and of its own will, and comes back on a port that users may not open', async () => {
  const before = await property('MainPID')
  port = await freeLowPort()
  await install()
  await systemctl('daemon-reload')
  await systemctl('restart', 'thatdam')
  await upAgain(before)
  assert.deepEqual([await property('Result'), await property('NRestarts')], ['success', '0'])
  assert.doesNotMatch(await journal(), /timed out|Killing process/)
})

when('uninstalled as its page says, it leaves the data', async () => {
  const page = readFileSync(join(ROOT, 'node/deploy/README.md'), 'utf8')
  for (const line of (/```sh\n(sudo systemctl disable[^`]*)```/.exec(page)?.[1] ?? '').trim().split('\n')) await machine.run('sh', '-ec', line.replaceAll('sudo ', ''))
  assert.deepEqual([...[UNIT, INVITE, CACHE].map((path) => existsSync(machine.path(path))), await property('LoadState'), /^thatdam:/m.test(readFileSync(machine.path('/etc/passwd'), 'utf8'))], [false, false, false, 'not-found', false])
  assert.ok(readdirSync(machine.path(DATA)).length > 0)
})

test.run()
