/**
 * A machine of its own for services: systemd is its first process, its files are this machine's under a layer in memory, and it shares the
 * network and nothing else. Made of namespaces: Linux, root and systemd only, and nothing of it is left when it is stopped.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { until } from './until.ts'

const run = promisify(execFile)
const SYSTEMD = '/lib/systemd/systemd'
/** Longest the machine may take to be up, in ms. @default 60000 */
const BOOT_MS = 60_000

/** Why there can be no such machine here, or undefined when there can. */
export function whyNoSystemd(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'a machine of namespaces needs Linux and root'
  if (!existsSync(SYSTEMD)) return 'systemd is not installed'
  const probe = 'mkdir up work all && mount -t tmpfs tmpfs up && mkdir up/a up/b && mount -t overlay overlay -o lowerdir=/,upperdir=up/a,workdir=up/b all && mount -t cgroup2 cgroup2 work && mkdir work/$0 && rmdir work/$0'
  const folder = mkdtempSync(join(tmpdir(), 'thatdam-probe-'))
  const { status, stderr } = spawnSync('unshare', ['--mount', 'sh', '-ec', probe, basename(folder)], { cwd: folder, encoding: 'utf8' })
  for (const name of ['up', 'work', 'all']) spawnSync('rmdir', [join(folder, name)])
  rmdirSync(folder)
  return status === 0 ? undefined : `no machine of namespaces can be made here: ${stderr.trim()}`
}

export class SystemdMachine {
  readonly #folder: string
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  /** Of its first process, as this machine counts. */
  readonly #pid: string

  private constructor(folder: string, child: ChildProcess, ended: Promise<unknown>, pid: string) {
    this.#folder = folder
    this.#child = child
    this.#ended = ended
    this.#pid = pid
  }

  /** Start it; `binds` are folders of this machine and where they lie in the new one. @throws Error with its last words when it does not come up */
  static async boot(binds: Readonly<Record<string, string>>): Promise<SystemdMachine> {
    const folder = mkdtempSync(join(tmpdir(), 'thatdam-systemd-'))
    // the machine dies with the test, however that ends; systemd itself forgets whose child it is, so a shell above it remembers
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child', 'sh', '-ec', OUTER, basename(folder), folder, ...Object.entries(binds).flat()], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stderr.on('data', (bytes) => { said = (said + bytes).slice(-3_000) })
    const ended = once(child, 'close')
    const [pid] = await Promise.race([once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>, ended.then(() => [''])])
    const machine = new SystemdMachine(folder, child, ended, pid)
    try {
      await until(async () => child.exitCode !== null || (await machine.run('systemctl', 'is-active', 'basic.target')).trim() === 'active', 'systemd is up', BOOT_MS)
      if (child.exitCode !== null) throw new Error('it ended')
    } catch (err) {
      await machine.stop()
      throw new Error(`the machine of namespaces: ${(err as Error).message}: ${said}`, { cause: err })
    }
    return machine
  }

  /** Run a command as root in the machine; answers what it printed. @throws Error with what it said when it fails */
  async run(...words: string[]): Promise<string> {
    const { stdout } = await run('nsenter', ['--target', this.#pid, '--mount', '--uts', '--ipc', '--pid', '--cgroup', 'env', '-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...words], { maxBuffer: 2 ** 26 })
    return stdout
  }

  /** Where this machine finds a file of that one. */
  path(path: string): string {
    return join('/proc', this.#pid, 'root', path)
  }

  /** End all that runs in it; its files are gone with it. */
  async stop(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
    await until(() => run('unshare', ['--mount', 'sh', '-ec', REMOVE, basename(this.#folder), this.#folder]), 'its control groups are empty')
    rmdirSync(this.#folder)
  }
}

/** Words: its folder, and then from and to of each bind. Files of its own under a layer in memory, devices that are none, settings of the kernel that it can not touch. */
const OUTER = `
folder=$1; shift
mount -t tmpfs -o mode=755 tmpfs "$folder"
cd "$folder"
mkdir upper work root groups
mount -t cgroup2 cgroup2 groups
mkdir "groups/$0"
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
rm -rf root/etc/systemd/system root/etc/fstab root/var/log/journal
mkdir -p root/etc/systemd/system
mount -t tmpfs -o mode=755 tmpfs root/dev
for name in null zero full random urandom tty; do touch root/dev/$name; mount --bind /dev/$name root/dev/$name; done
mkdir root/dev/pts root/dev/shm
mount -t tmpfs -o mode=1777 tmpfs root/dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts root/dev/pts
ln -s pts/ptmx root/dev/ptmx
for name in fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do ln -s "/proc/self/\${name#*:}" "root/dev/\${name%%:*}"; done
for name in run tmp; do mount -t tmpfs tmpfs root/$name; done
chmod 1777 root/tmp
while [ $# -gt 0 ]; do mkdir -p "root$2"; mount --bind "$1" "root$2"; shift 2; done
echo 0 >"groups/$0/cgroup.procs"
unshare --mount --pid --cgroup --fork sh -ec '${inner()}' "$folder"
`

/** The network is shared, so that what is known of it in /sys is as it is. */
function inner(): string {
  return `
cd "$0"
read -r pid rest </proc/self/stat
mount -t proc proc root/proc
mount --bind root/proc/sys root/proc/sys
mount -o remount,bind,ro root/proc/sys
mount -t sysfs -o ro sysfs root/sys
mount -t cgroup2 cgroup2 root/sys/fs/cgroup
mount --make-rprivate /
cd root
mkdir -p mnt
pivot_root . mnt
umount -l /mnt
echo "$pid"
exec env -i container=namespaces /lib/systemd/systemd --unit=basic.target --log-target=console --show-status=0 >&2
`
}

const REMOVE = `
mount -t tmpfs tmpfs "$1"
cd "$1"
mkdir groups
mount -t cgroup2 cgroup2 groups
[ ! -e "groups/$0" ] || find "groups/$0" -depth -type d -exec rmdir {} +
`
