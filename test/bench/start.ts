/** What it takes until a node is ready, and until a command has printed its help: put together by `npm ci`, against the sources as they are. Both find what was compiled of them at an earlier start. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { compiledFrom, isCompiled } from '../../node/bin/compiled.js'
import { type Case, inTurns, type Row } from './measure.ts'

const ROOT = join(import.meta.dirname, '../..')
const ROUNDS = 7
const SOURCE = 'node/cli/main.ts'
/** Runs what its first argument exports, and says at the end what that took. */
const PROGRAM = "process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stdout.write(`\\n{\"cpuMs\":${(user + system) / 1000}}\\n`) }); import(process.argv[1]).then(({ main }) => main(process.argv.slice(2), { command: [] }))"

/** @throws Error when sources changed since `npm ci` */
export async function run(): Promise<Row[]> {
  if (!isCompiled()) throw new Error('sources changed since npm ci: run npm run prepare first')
  const ways = [['from sources', join(ROOT, SOURCE)], ['put together', join(ROOT, 'node/bin', compiledFrom(SOURCE))]] as const
  return inTurns(['node', 'help'].flatMap((what) => ways.map(([way, program], i): Case => ({
    name: `${what}, ${way}`, unit: 'ms', note: 'of a core', ...(i > 0 && { baseline: `${what}, ${ways[0][0]}` }), sample: () => what === 'node' ? cpuOfNode(program) : cpuOfHelp(program)
  }))), ROUNDS)
}

const begin = (program: string, args: readonly string[]): ReturnType<typeof spawn> => spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', PROGRAM, program, ...args], {
  stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/thatdam') }
})

/** Until it is ready, threads included. */
async function cpuOfNode(program: string): Promise<number> {
  const data = await mkdtemp(join(tmpdir(), 'thatdam-start-'))
  const child = begin(program, ['node', '--data', data, '--name', 'oak', '--http', '127.0.0.1:0', '--listen', '/ip4/127.0.0.1/tcp/0', '--inference-provider', 'none', '--json'])
  const ended = once(child, 'exit')
  try {
    for await (const line of createInterface({ input: child.stdout! })) if (line.includes('"ready"')) return cpuMsOf(child.pid!)
    throw new Error('the node ended before it was ready')
  } finally {
    child.kill('SIGTERM')
    await ended
    await rm(data, { recursive: true })
  }
}

async function cpuOfHelp(program: string): Promise<number> {
  const child = begin(program, ['import', '--help'])
  for await (const line of createInterface({ input: child.stdout! })) if (line.startsWith('{"cpuMs"')) return (JSON.parse(line) as { cpuMs: number }).cpuMs
  throw new Error('the command said nothing')
}

/** Fields 14 and 15 of /proc/PID/stat, in hundredths of a second. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
