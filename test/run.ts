/**
 * Runs test files, each in a process of its own, and ends with one line: `N passed, N failed`, and `N files skipped` where a program is not installed.
 *
 *   node test/run.ts                 everything
 *   node test/run.ts ring web        files whose path contains one of the words
 *
 * A file that begins with `// needs: ffmpeg chromium` is skipped, visibly, on a machine without those programs.
 * Two files run at a time; those under `faults/` one after another, after the others.
 * A file that fails is run once more, alone, when all others have ended: a busy machine can starve a test. Passing then, it is reported as
 * unsteady, with what it said at first. Nothing under `faults/` gets a second chance: what was lost once is lost.
 * The pages are built once, before the first file that needs a browser; pictures of them are kept in `.artifacts/pages`.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** Longest a test file may take, in ms. @default 600000 */
const FILE_TIMEOUT_MS = 600_000
/** Test files that run at once, those of faults aside. @default 2 */
const CONCURRENCY = 2
/** Files that fail are run again only when they are no more than this: so many are no accident. @default 20 */
const MAX_SECOND_CHANCES = 20

interface Outcome {
  readonly file: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** A program it needs is not installed. */
  readonly isLacking?: boolean
  readonly output: string
  /** Output of the first run, when it failed and the second passed. */
  readonly unsteady?: string
}

const root = import.meta.dirname
/** Every file, and every process it starts, loads the same code: compiled once. */
const COMPILED = join(root, '../node_modules/.cache/thatdam')

function testFiles(words: string[]): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && (words.length === 0 || words.some((word) => file.includes(word))))
    .sort()
}

/** Programs of the file's `// needs:` line. */
function needsOf(file: string): string[] {
  const [, needs = ''] = /^\/\/ needs: (.+)/m.exec(readFileSync(join(root, file), 'utf8')) ?? []
  return needs.split(' ').filter((program) => program !== '')
}

const isThere = (program: string): boolean => existsSync(join('/usr/bin', program))
const isFault = (file: string): boolean => file.startsWith('faults/')
const isHeavy = (file: string): boolean => /^(e2e|web)\//.test(file)

/** uvu prints `Total: n`, `Passed: n`, `Skipped: n` once per file. */
function count(output: string, label: string): number {
  return [...output.matchAll(new RegExp(`${label}:\\s+(\\d+)`, 'g'))].reduce((sum, match) => sum + Number(match[1]), 0)
}

function judge(file: string, output: string, code: number | null): Outcome {
  const plain = stripVTControlCharacters(output)
  const passed = count(plain, 'Passed')
  const failedTests = count(plain, 'Total') - passed
  const failed = code === 0 ? failedTests : Math.max(1, failedTests)
  return { file, passed, failed, skipped: count(plain, 'Skipped'), output }
}

function runFile(file: string): Promise<Outcome> {
  const lacking = needsOf(file).filter((program) => !isThere(program))
  if (lacking.length > 0) return Promise.resolve({ file, passed: 0, failed: 0, skipped: 0, isLacking: true, output: `skipped: ${lacking.join(' and ')} not installed\n` })
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, file)], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, FORCE_COLOR: '0', NODE_COMPILE_CACHE: COMPILED } })
    const timer = setTimeout(() => {
      output += `\ntest file still running after ${FILE_TIMEOUT_MS / 1000} s: ended\n`
      child.kill('SIGKILL')
    }, FILE_TIMEOUT_MS)
    const collect = (bytes: Buffer): void => { output += bytes.toString() }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve(judge(file, output, code))
    })
  })
}

function report(outcome: Outcome, startedMs: number): void {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  const skipped = outcome.skipped > 0 ? `, ${outcome.skipped} skipped` : ''
  process.stdout.write(`${outcome.failed > 0 ? '✗' : '✓'} ${outcome.file}  ${outcome.passed} passed${skipped}  ${seconds} s\n`)
  const notes = outcome.output.split('\n').filter((line) => /^\s*skipped:/.test(line)) // a test says why it did not run
  if (outcome.failed > 0) process.stdout.write(`${outcome.output}\n`)
  else for (const note of notes) process.stdout.write(`    ${note.trim()}\n`)
}

async function runReported(file: string): Promise<Outcome> {
  const startedMs = performance.now()
  const outcome = await runFile(file)
  report(outcome, startedMs)
  return outcome
}

async function runAll(files: string[], concurrency: number): Promise<Outcome[]> {
  const waiting = [...files]
  const outcomes: Outcome[] = []
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) outcomes.push(await runReported(file))
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return outcomes
}

async function withSecondChance(outcomes: Outcome[]): Promise<Outcome[]> {
  const failed = outcomes.filter((outcome) => outcome.failed > 0)
  if (failed.length === 0 || failed.length > MAX_SECOND_CHANCES) return outcomes
  process.stdout.write(`\nonce more, alone: ${failed.length}\n`)
  const again = new Map<string, Outcome>()
  for (const first of failed) {
    const second = await runReported(first.file)
    again.set(first.file, second.failed === 0 ? { ...second, unsteady: first.output } : first)
  }
  return outcomes.map((outcome) => again.get(outcome.file) ?? outcome)
}

async function buildPagesOnce(files: string[]): Promise<void> {
  if (!isThere('chromium') || !files.some((file) => needsOf(file).includes('chromium'))) return
  const { buildPages, PAGES_ARE_BUILT } = await import('./web/browser.ts')
  await buildPages()
  process.env[PAGES_ARE_BUILT] = 'yes'
}

const files = testFiles(process.argv.slice(2))
await buildPagesOnce(files)
const steady = files.filter((file) => !isFault(file))
const outcomes = [
  ...await withSecondChance([...await runAll(steady.filter((file) => !isHeavy(file)), CONCURRENCY), ...await runAll(steady.filter(isHeavy), CONCURRENCY)]),
  ...await runAll(files.filter(isFault), 1)
]
const sum = (pick: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + pick(outcome), 0)
const failed = sum((outcome) => outcome.failed)
const unsteady = outcomes.filter((outcome) => outcome.unsteady !== undefined)
if (unsteady.length > 0) process.stdout.write(`\nunsteady, failed beside others and passed alone: ${unsteady.map(({ file }) => file).join(', ')}\n`)
const lacking = outcomes.filter(({ isLacking }) => isLacking === true).length
process.stdout.write(`\n${sum((outcome) => outcome.passed)} passed, ${failed} failed${lacking > 0 ? `, ${lacking} files skipped` : ''}\n`)
process.exitCode = failed > 0 || files.length === 0 ? 1 : 0
