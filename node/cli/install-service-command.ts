import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { INVITE_FROM_STDIN } from '#ring/base/invite-from-stdin.ts'
import { parseListen } from '../http/listen-address.ts'
import { DEFAULT_DATA_ROOT, DEFAULT_SERVICE_USER, serviceUnit } from '../deploy/service-unit.ts'
import { CommandError } from './api.ts'
import { parseFlags, text, texts, UsageError } from './flags.ts'
import { nodeConfig, withInvite } from './node-command.ts'
import { print } from './output.ts'
import { wayOfSecret } from './web-flags.ts'

/** Folder of the units an administrator writes. */
export const UNIT_FOLDER = '/etc/systemd/system'
const UNIT = 'thatdam.service'
/** Beside the unit, which everybody may read: only root reads this one. */
const INVITE = `${UNIT}.invite`
const FLAGS = { user: { type: 'string' }, data: { type: 'string' }, media: { type: 'string', multiple: true }, 'dry-run': { type: 'boolean' } } as const

const run = promisify(execFile)

/** `thatdam install-service [--user U] [--data DIR] [--media DIR]… [--dry-run] [-- FLAGS of thatdam node]`: a systemd unit, its user and its folder; what is there already stays. */
export async function runInstallService(argv: readonly string[], command: readonly string[], unitFolder = UNIT_FOLDER): Promise<number> {
  const cut = argv.indexOf('--')
  const [own, flags] = cut < 0 ? [argv, []] : [argv.slice(0, cut), argv.slice(cut + 1)]
  const { values, positionals } = parseFlags('install-service', own, FLAGS)
  if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" is not a flag of install-service: what thatdam node is to be given goes behind -- (thatdam help install-service)`)
  const user = text(values, 'user') ?? DEFAULT_SERVICE_USER
  const data = resolve(text(values, 'data') ?? process.env['DATA_ROOT'] ?? DEFAULT_DATA_ROOT)
  const { shownPasswords: [shown] = [], http, rtsp, join: invite } = await withInvite(nodeConfig(['--data', data, ...flags])) // what is wrong with them is said now, not by a service that does not start
  if (shown !== undefined) throw new UsageError(`everybody may read the unit, so no password goes into it: ${wayOfSecret(shown)}`)
  const groups = await groupsOfDevices()
  const opensLowPort = [http, rtsp].some((address) => address !== undefined && isLow(parseListen(address).port))
  const inviteFile = invite === undefined ? undefined : join(unitFolder, INVITE)
  const unit = serviceUnit({ user, data, command, flags: withoutInvite(flags), groups, inviteFile, opensLowPort, media: texts(values, 'media').map((path) => resolve(path)) })
  if (values['dry-run'] === true) {
    print(unit.trimEnd())
    return 0
  }
  if (process.getuid?.() !== 0) throw new CommandError('only root may install a service: run it with sudo, or look at it first with --dry-run')
  await haveUser(user, data, groups)
  await mustRun(user, command)
  await haveFolder(user, data)
  const file = join(unitFolder, UNIT)
  await keepInvite(join(unitFolder, INVITE), invite)
  await writeFile(file, unit, { mode: 0o644 })
  print(`${file} is written, ${data} belongs to ${user}.`)
  print('Start it:            systemctl daemon-reload && systemctl enable --now thatdam')
  print('The admin token, when it asks for one (--auth):  journalctl -u thatdam')
  return 0
}

/** Whoever reads the unit learns that there is an invite, and not which. */
const withoutInvite = (flags: readonly string[]): string[] => flags.map((word, i) => flags[i - 1] === '--join' ? INVITE_FROM_STDIN : word.replace(/^--join=.*/s, `--join=${INVITE_FROM_STDIN}`))

/** One of an earlier time goes; a new file, so that nobody who could read the old one reads this. */
async function keepInvite(file: string, invite: string | undefined): Promise<void> {
  await rm(file, { force: true })
  if (invite !== undefined) await writeFile(file, `${invite}\n`, { mode: 0o600, flag: 'wx' })
}

/** Port 0 is any that is free. */
const isLow = (port: number): boolean => port > 0 && port < 1_024

/** Who may open cameras and microphones; a machine without such a group has none of the devices. */
async function groupsOfDevices(): Promise<string[]> {
  const found = await Promise.all(['video', 'audio'].map((group) => run('getent', ['group', group]).then(() => [group], () => [])))
  return found.flat()
}

/** Made when there is none, with cameras and microphones. */
async function haveUser(user: string, home: string, groups: readonly string[]): Promise<void> {
  const isThere = await run('id', ['-u', user]).then(() => true, () => false)
  if (!isThere) await run('useradd', ['--system', '--home-dir', home, '--no-create-home', '--shell', '/usr/sbin/nologin', '--user-group', user])
  for (const group of groups) await run('usermod', ['--append', '--groups', group, user]).catch(() => {}) // a user of a directory service can not be changed here: the unit says the same
}

/** A checkout in a home is closed to the service: systemd would start it again and again for nothing. @throws CommandError */
async function mustRun(user: string, command: readonly string[]): Promise<void> {
  await asUser(user, [...command, '--version']).catch(({ stderr, message }: { stderr: string; message: string }) => {
    throw new CommandError(`the user ${user} can not run ${command.join(' ')}: ${whyOf(stderr) ?? message}. Folders below /home and /root are closed to other users: clone ThatDAM into /opt/thatdam and install the service from there`)
  })
}

/** Made when there is none; only the folder itself is given to the user, so that a second time costs nothing on a full disk. @throws CommandError when the user does not get there */
async function haveFolder(user: string, data: string): Promise<void> {
  await mkdir(data, { recursive: true, mode: 0o750 })
  await run('chown', [`${user}:`, data])
  await asUser(user, ['test', '-w', data]).catch(() => {
    throw new CommandError(`the user ${user} can not write ${data}: a folder above it is closed to other users, or its disk is read-only. Let it through (chmod o+x), or choose another --data`)
  })
}

const asUser = (user: string, words: readonly string[]): Promise<unknown> => run('runuser', ['-u', user, '--', ...words], { cwd: '/' })
const whyOf = (stderr: string): string | undefined => stderr.split('\n').find((line) => /error|denied/i.test(line))
