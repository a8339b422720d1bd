/** A folder served by a real smbd on loopback, and mounted as a network share through FUSE (rclone): no kernel module, nothing of the machine's own Samba. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

const run = promisify(execFile)
const SMBD = '/usr/sbin/smbd'

export interface SambaShare {
  /** The folder as the server has it. */
  readonly served: string
  /** The same through the network. */
  readonly mounted: string
  mount(): Promise<void>
  unmount(): Promise<void>
  /** From now on who asks it anything waits, as for a server that is gone; thaw() lets all go on. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

const configuration = (dir: string, port: number): string => `[global]
server role = standalone server
smb ports = ${port}
interfaces = 127.0.0.1
bind interfaces only = yes
${['pid', 'lock', 'state', 'cache'].map((kind) => `${kind} directory = ${dir}/state`).join('\n')}
private dir = ${dir}/state
ncalrpc dir = ${dir}/state/ncalrpc
passdb backend = tdbsam:${dir}/state/passdb.tdb
map to guest = Bad User
guest account = ${userInfo().username}
log file = ${dir}/state/log
disable netbios = yes
load printers = no
[footage]
path = ${dir}/served
guest ok = yes
read only = no
`

/** Served, and not yet mounted. */
export async function createSambaShare(): Promise<SambaShare> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'thatdam-samba-')))
  const [served, mounted] = [join(dir, 'served'), join(dir, 'mounted')]
  for (const folder of [served, mounted, join(dir, 'state')]) await mkdir(folder)
  const port = await freePort()
  await writeFile(join(dir, 'smb.conf'), configuration(dir, port))
  const server = spawn(SMBD, ['--foreground', '--no-process-group', '--configfile', join(dir, 'smb.conf')], { stdio: 'ignore', detached: true }) // when it ends, it ends all of its process group
  let client: ChildProcess | undefined

  const isMounted = async (): Promise<boolean> => (await stat(mounted).catch(() => undefined))?.dev !== (await stat(dirname(mounted))).dev
  const end = async (child: ChildProcess | undefined): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }

  async function unmount(): Promise<void> {
    if (await isMounted()) await until(async () => run('fusermount3', ['-u', mounted]).then(() => true, async () => !await isMounted()), 'the share is unmounted')
    await end(client)
  }

  return {
    served, mounted, unmount,
    async mount() {
      await until(() => run('smbclient', ['-N', '-p', String(port), '-s', join(dir, 'smb.conf'), '//127.0.0.1/footage', '-c', 'ls']).then(() => true, () => false), 'smbd serves', 30_000)
      client = spawn('rclone', ['mount', `:smb,host=127.0.0.1,port=${port},user=guest:footage`, mounted, '--config', '/dev/null', '--dir-cache-time', '100ms', '--vfs-cache-mode', 'off'], { stdio: 'ignore' })
      await until(isMounted, 'the share is mounted', 30_000)
    },
    freeze() { client?.kill('SIGSTOP') },
    thaw() { client?.kill('SIGCONT') },
    async stop() {
      client?.kill('SIGCONT')
      await unmount()
      await end(server)
      await rm(dir, { recursive: true, force: true })
    }
  }
}
