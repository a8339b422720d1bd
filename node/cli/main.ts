/** `thatdam`: from the command line to a command, and from what it throws to one line and an exit code. */
import { ThatDamError } from '#protocols/errors.ts'
import type { Device } from '#protocols/media.ts'
import { runAlarms } from './alarms-command.ts'
import { CommandError } from './api.ts'
import { runAuto } from './auto-command.ts'
import { runBackup } from './backup-command.ts'
import { runCameras } from './camera-command.ts'
import { runCloud } from './cloud-command.ts'
import { runDownload } from './download-command.ts'
import { runExport } from './export-command.ts'
import { UsageError } from './flags.ts'
import { COMMANDS, helpText } from './help.ts'
import { runLedger } from './ledger-command.ts'
import { runImport } from './import-command.ts'
import { runMhl } from './mhl-command.ts'
import { runModels } from './models-command.ts'
import { nodeConfig, runNode, version } from './node-command.ts'
import { runOffloadCommand } from './offload-command.ts'
import { complain } from './output.ts'
import { runToken, runUser } from './people-commands.ts'
import { runInvite } from './invite-command.ts'
import { runKeep, runRetention } from './retention-command.ts'
import { runRing } from './ring-command.ts'
import { runPaths, runScan } from './scan-command.ts'
import { runSearch } from './search-command.ts'
import { runRestore } from './restore-command.ts'
import { runRolls } from './rolls-command.ts'
import { runGc, runTrash } from './trash-command.ts'
import { runInstallService } from './install-service-command.ts'
import { runJobs } from './jobs-command.ts'
import { runWorkflow } from './workflow-command.ts'
import { runVerify } from './verify-command.ts'

type Run = (argv: readonly string[]) => Promise<number>

/** What the entry point lends: the camera peer is another area, which only it may know. */
export interface Lent {
  peer: (argv: string[]) => Promise<number>
  /** What is wrong with the words of a peer is thrown. */
  checkPeer: (argv: readonly string[]) => Promise<void>
  /** Program and words by which this very command is run. */
  command: readonly string[]
  /** What this machine could capture from. */
  devices?: () => Promise<{ devices(): Promise<Device[]> }>
}

/** Exit codes: 0 done, 1 could not be done, 2 wrong command line. */
export async function main(argv: readonly string[], lent: Lent): Promise<number> {
  const [command = 'help', ...rest] = argv
  const commands: Readonly<Record<string, Run>> = {
    node: (args) => runNode(nodeConfig(args), lent), auto: (args) => runAuto(args, lent), peer: (args) => lent.peer([...args]), backup: runBackup, restore: runRestore,
    invite: runInvite, import: runImport, scan: runScan, search: runSearch, ring: runRing, cameras: runCameras, ledger: runLedger, retention: runRetention, keep: runKeep, export: runExport,
    alarms: runAlarms, verify: runVerify, trash: runTrash, gc: runGc, help: async (args) => say(helpText(args[0])),
    cloud: runCloud,
    mhl: runMhl,
    models: runModels,
    jobs: runJobs,
    workflow: runWorkflow,
    paths: runPaths,
    offload: runOffloadCommand,
    rolls: runRolls,
    user: runUser,
    token: runToken,
    download: runDownload,
    'install-service': (args) => runInstallService(args, lent.command)
  }
  try {
    if (command === '--version' || command === '-v') return say(`${version()}\n`)
    if (command === '--help' || command === '-h') return say(helpText())
    const run = Object.hasOwn(commands, command) ? commands[command] : undefined
    if (run === undefined) throw new UsageError(`there is no command ${JSON.stringify(command)}: use ${Object.keys(COMMANDS).join(', ')} or help`)
    if (command !== 'peer' && (rest.includes('--help') || rest.includes('-h'))) return say(helpText(command))
    return await run(rest)
  } catch (err) {
    complain(`thatdam: ${lineOf(err)}`)
    return err instanceof UsageError ? 2 : 1
  }
}

/** A deliberate error is its message; of any other the stack is what helps. */
function lineOf(err: unknown): string {
  if (err instanceof UsageError || err instanceof CommandError || err instanceof ThatDamError) return err.message.replace(/\s*\n\s*/g, ' ')
  if (err instanceof AggregateError && err.errors.length > 0) return lineOf(err.errors[0])
  const { code, message } = err as { code?: string; message?: string }
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOSPC' || code === 'ENOTDIR') return message ?? code
  return err instanceof Error ? err.stack ?? err.message : String(err)
}

function say(words: string): number {
  process.stdout.write(words)
  return 0
}
