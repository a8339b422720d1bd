/** Folders of this machine that look like camera cards: what is mounted from removable media, or lies where those are mounted. */
import { access, readdir, readFile, realpath, statfs } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { CardView } from '#protocols/http.ts'

/** Where desktops and people mount cards. */
export const CARD_PLACES: readonly string[] = ['/media', '/run/media', '/mnt', '/Volumes']
/** Cards that are told of, at most. @default 64 */
export const MAX_CARDS = 64
/** File systems that are no media. */
const NO_MEDIA = /^(?:proc|sysfs|cgroup2?|devtmpfs|devpts|tmpfs|overlay|squashfs|autofs|debugfs|tracefs|securityfs|mqueue|hugetlbfs|bpf|pstore|configfs|fusectl|ramfs|binfmt_misc|nsfs|rpc_pipefs|efivarfs)$/

/** What a folder in the root of a card says of the camera; the first that is there. */
const STRUCTURES: ReadonlyArray<readonly [path: string, kind: string]> = [
  ['PRIVATE/M4ROOT', 'Sony XAVC (M4ROOT)'], ['XDROOT', 'Sony XDCAM'], ['BPAV', 'Sony XDCAM EX'], ['PRIVATE/AVCHD', 'AVCHD'], ['AVCHD', 'AVCHD'], ['CONTENTS/CLIPS001', 'Canon XF'], ['CRM', 'Canon Cinema RAW'],
  ['CONTENTS/VIDEO', 'Panasonic P2'], ['CONTENTS/CLIP', 'Panasonic P2'], ['PRIVATE/PANA_GRP', 'Panasonic'], ['DCIM', 'DCIM']
]

interface Mount { readonly device: string; readonly path: string; readonly fileSystem: string }

/** `mounts`: text of /proc/mounts. */
export async function findCards(places = CARD_PLACES, mounts?: string): Promise<CardView[]> {
  const text = mounts ?? await readFile('/proc/mounts', 'utf8').catch(() => '')
  const mounted = text.split('\n').flatMap(mountOf).filter(({ path, fileSystem }) => !NO_MEDIA.test(fileSystem) && places.some((place) => path.startsWith(`${place}/`)))
  const plain = (await Promise.all(places.map(foldersIn))).flat().filter((path) => !mounted.some((mount) => mount.path === path || mount.path.startsWith(`${path}/`)))
  const found = await Promise.all([...mounted, ...plain.map((path): Mount => ({ device: '', path, fileSystem: '' }))].slice(0, MAX_CARDS * 4).map(cardAt))
  return found.filter((card) => card !== undefined && (card.removable || card.kind !== '' || card.device !== '')).slice(0, MAX_CARDS) as CardView[]
}

async function cardAt({ device, path, fileSystem }: Mount): Promise<CardView | undefined> {
  const names = await readdir(path).catch(() => undefined)
  if (names === undefined || names.length === 0) return undefined
  const usage = await statfs(path).catch(() => undefined)
  const bytes = device === '' || usage === undefined ? 0 : (usage.blocks - usage.bfree) * usage.bsize
  return { path, name: basename(path), kind: await kindOfCard(path, names), device, fileSystem, bytes, removable: await isRemovable(device) }
}

/** The structure of a card in words; empty when it is none that is known. */
export async function kindOfCard(root: string, names: readonly string[]): Promise<string> {
  for (const [path, kind] of STRUCTURES) if (await access(join(root, path)).then(() => true, () => false)) return kind
  if (names.some((name) => /\.(?:RDM|RDC)$/i.test(name))) return 'RED'
  return names.some((name) => /\.(?:ari|arx)$/i.test(name) || /^[A-Z]\d{3}R[A-Z0-9]{3,}/.test(name)) ? 'ARRI' : ''
}

/** By what the kernel says of the disk that the partition is of. */
async function isRemovable(device: string): Promise<boolean> {
  if (!device.startsWith('/dev/')) return false
  const block = await realpath(`/sys/class/block/${basename(device)}`).catch(() => undefined)
  if (block === undefined) return false
  const flags = await Promise.all([block, join(block, '..')].map((at) => readFile(join(at, 'removable'), 'utf8').catch(() => '0')))
  return flags.some((flag) => flag.trim() === '1') || /\/(?:usb|mmc)/.test(block)
}

async function foldersIn(place: string): Promise<string[]> {
  const entries = await readdir(place, { withFileTypes: true }).catch(() => [])
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(place, name))
  return place === '/run/media' || place === '/media' ? [...folders, ...(await Promise.all(folders.map(async (at) => (await readdir(at, { withFileTypes: true }).catch(() => [])).filter((entry) => entry.isDirectory()).map(({ name }) => join(at, name))))).flat()] : folders
}

/** Spaces and the like are written as octal numbers there. */
function mountOf(line: string): Mount[] {
  const [device, path, fileSystem] = line.split(' ').map((field) => field.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
  return device === undefined || path === undefined || fileSystem === undefined ? [] : [{ device, path, fileSystem }]
}
