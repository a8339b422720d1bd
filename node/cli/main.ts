/** `thatdam`: from the command line to a command, and from what it throws to one line and an exit code. */
import { ThatDamError } from '#protocols/errors.ts'
import type { Device } from '#protocols/media.ts'
import type { Logger } from '#ring/base/log.ts'
import type { PluggedCameras } from '../auto/plugged-cameras.ts'
import { CommandError } from './api.ts'
import { UsageError } from './flags.ts'
import { complain } from './output.ts'

type Run = (argv: readonly string[], lent: Lent) => Promise<number>

/** What the entry point lends: the camera peer is another area, which only it may know. */
export interface Lent {
  peer: (argv: string[]) => Promise<number>
  /** What is wrong with the words of a peer is thrown. */
  checkPeer: (argv: readonly string[]) => Promise<void>
  /** Program and words by which this very command is run. */
  command: readonly string[]
  /** What this machine could capture from. */
  devices?: () => Promise<{ devices(): Promise<Device[]> }>
  /** The cameras among that, with names that are kept in this file. */
  pluggedCameras?: (file: string, log: Logger) => Promise<PluggedCameras>
}

/** Each is loaded when it is asked for: what a node needs takes seconds to load, and most only talk to one. */
const COMMANDS: Readonly<Record<string, Run>> = {
  node: async (argv, lent) => {
    const { nodeConfig, runNode, withInvite } = await import('./node-command.ts')
    return runNode(await withInvite(nodeConfig(argv)), lent)
  },
  auto: async (argv, lent) => (await import('./auto-command.ts')).runAuto(argv, lent),
  peer: (argv, lent) => lent.peer([...argv]),
  'install-service': async (argv, lent) => (await import('./install-service-command.ts')).runInstallService(argv, lent.command),
  invite: async (argv) => (await import('./invite-command.ts')).runInvite(argv),
  ring: async (argv) => (await import('./ring-command.ts')).runRing(argv),
  import: async (argv) => (await import('./import-command.ts')).runImport(argv),
  scan: async (argv) => (await import('./scan-command.ts')).runScan(argv),
  paths: async (argv) => (await import('./scan-command.ts')).runPaths(argv),
  offload: async (argv) => (await import('./offload-command.ts')).runOffloadCommand(argv),
  rolls: async (argv) => (await import('./rolls-command.ts')).runRolls(argv),
  mhl: async (argv) => (await import('./mhl-command.ts')).runMhl(argv),
  search: async (argv) => (await import('./search-command.ts')).runSearch(argv),
  download: async (argv) => (await import('./download-command.ts')).runDownload(argv),
  cameras: async (argv) => (await import('./camera-command.ts')).runCameras(argv),
  ledger: async (argv) => (await import('./ledger-command.ts')).runLedger(argv),
  retention: async (argv) => (await import('./retention-command.ts')).runRetention(argv),
  keep: async (argv) => (await import('./retention-command.ts')).runKeep(argv),
  export: async (argv) => (await import('./export-command.ts')).runExport(argv),
  backup: async (argv) => (await import('./backup-command.ts')).runBackup(argv),
  restore: async (argv) => (await import('./restore-command.ts')).runRestore(argv),
  cloud: async (argv) => (await import('./cloud-command.ts')).runCloud(argv),
  verify: async (argv) => (await import('./verify-command.ts')).runVerify(argv),
  trash: async (argv) => (await import('./trash-command.ts')).runTrash(argv),
  gc: async (argv) => (await import('./trash-command.ts')).runGc(argv),
  alarms: async (argv) => (await import('./alarms-command.ts')).runAlarms(argv),
  jobs: async (argv) => (await import('./jobs-command.ts')).runJobs(argv),
  workflow: async (argv) => (await import('./workflow-command.ts')).runWorkflow(argv),
  models: async (argv) => (await import('./models-command.ts')).runModels(argv),
  user: async (argv) => (await import('./people-commands.ts')).runUser(argv),
  token: async (argv) => (await import('./people-commands.ts')).runToken(argv),
  help: async ([command]) => help(command)
}

/** A command that begins with as many letters of another is taken for a slip. @default 3 */
const LIKE_LETTERS = 3

/** Exit codes: 0 done, 1 could not be done, 2 wrong command line. */
export async function main(argv: readonly string[], lent: Lent): Promise<number> {
  const [command = 'help', ...rest] = argv
  try {
    if (command === '--version' || command === '-v') return say(`${(await import('./node-command.ts')).version()}\n`)
    if (command === '--help' || command === '-h') return await help()
    const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined
    if (run === undefined) throw new UsageError(`there is no command ${JSON.stringify(command)}: ${likely(command)}`)
    if (command !== 'peer' && (rest.includes('--help') || rest.includes('-h'))) return await help(command)
    return await run(rest, lent)
  } catch (err) {
    complain(`thatdam: ${lineOf(err)}`)
    return err instanceof UsageError ? 2 : 1
  }
}

/** Commands that begin as it does, else all. */
function likely(command: string): string {
  const all = Object.keys(COMMANDS)
  const alike = all.filter((name) => name.startsWith(command.slice(0, LIKE_LETTERS)) && command.length >= LIKE_LETTERS)
  return alike.length > 0 ? `did you mean ${alike.join(' or ')}? (thatdam help shows all)` : `use ${all.join(', ')}`
}

/** A deliberate error is its message; of any other the stack is what helps. */
function lineOf(err: unknown): string {
  if (err instanceof UsageError || err instanceof CommandError || err instanceof ThatDamError) return err.message.replace(/\s*\n\s*/g, ' ')
  if (err instanceof AggregateError && err.errors.length > 0) return lineOf(err.errors[0])
  const { code, message } = err as { code?: string; message?: string }
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOSPC' || code === 'ENOTDIR') return message ?? code
  return err instanceof Error ? err.stack ?? err.message : String(err)
}

async function help(command?: string): Promise<number> {
  const { helpText } = await import('./help.ts')
  return say(helpText(command))
}

function say(words: string): number {
  process.stdout.write(words)
  return 0
}
