/**
 * Shows that the proofs can fail: breaks one promise at a time in a copy of the tree, and expects a check to notice.
 *
 *   node test/faults/mutations.ts            all of them, some minutes
 *   node test/faults/mutations.ts quorum     those whose name contains a word
 *
 * A mutation is caught when each of its checks passes on the untouched copy and fails on the broken one.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Longest one check may take, in ms; on a machine that has nothing else to do all end within two minutes. @default 900000 */
const CHECK_MS = 900_000

/** One literal replacement in one file. */
interface Edit {
  readonly file: string
  readonly from: string
  readonly to: string
}

interface Mutation {
  readonly name: string
  /** More than one where one safeguard stands in for another: a promise is broken when all of them are. */
  readonly edits: readonly Edit[]
  /** What is run, with node, in the copy. */
  readonly checks: ReadonlyArray<readonly string[]>
  readonly note?: string
}

const harness = (only: string, ...more: string[]): string[] => ['test/faults/run.ts', '--short', '--seed', '1', '--duration', '1', '--only', only, ...more]

const OLDER = 'older: versions.filter(({ id, nodes: { length } }) => id !== current.id && length > 0)'
const HELD_ELSEWHERE = 'return !held.includes(false)'

const MUTATIONS: readonly Mutation[] = [
  {
    name: 'sweep without grace',
    edits: [{ file: 'ring/garbage/garbage.ts', from: 'onFreed: (chunks, bytes) => this.#counts.add(chunks, bytes) }, { folder, graceMs })', to: 'onFreed: (chunks, bytes) => this.#counts.add(chunks, bytes) }, { folder, graceMs: 0 })' }],
    checks: [['test/ring/garbage/garbage.test.ts'], harness('strike off', '--grace', '600')],
    note: 'leases of uploads and recordings under way, and that every member has to be heard and to agree, hide it while the ring is whole: what only a node that was struck off knows of has nothing but the grace'
  },
  {
    name: 'sweep what an upload under way has stored',
    edits: [{ file: 'ring/garbage/write-leases.ts', from: 'return oldest === undefined ? 0 : Math.max(1, now() - oldest.sinceMs)', to: 'return oldest === undefined ? 0 : 0' }],
    checks: [['test/ring/garbage/garbage.test.ts']]
  },
  {
    name: 'sweep without asking a node that is silent',
    edits: [{ file: 'ring/garbage/everybody.ts', from: 'const others = membership.members().filter(({ self }) => !self)', to: 'const others = membership.members().filter(({ self, alive }) => !self && alive)' }],
    checks: [['test/ring/garbage/garbage.test.ts']]
  },
  {
    name: 'sweep recordings',
    edits: [{ file: 'ring/garbage/mark.ts', from: 'for (const reference of referencesOf(referrer)) {', to: "for (const reference of referrer.kind === 'recording' ? [] : referencesOf(referrer)) {" }],
    checks: [['test/ring/garbage/mark.test.ts'], harness('kill')]
  },
  {
    name: 'write quorum 1',
    edits: [{ file: 'ring/placement/placement.ts', from: 'DEFAULT_WRITE_QUORUM = 2', to: 'DEFAULT_WRITE_QUORUM = 1' }],
    checks: [['test/ring/replication/ring-chunk-store.test.ts'], harness('wipe')]
  },
  {
    name: 'reads are not verified',
    edits: [{ file: 'ring/chunks/file-chunk-store.ts', from: 'const isWhole = await isChunk(id, bytes, this.#hasher)', to: 'const isWhole = bytes !== undefined' }],
    checks: [['test/ring/chunks/file-chunk-store.test.ts'], harness('flip')]
  },
  {
    name: 'chunks are not fsynced',
    edits: [{ file: 'ring/chunks/chunk-folder.ts', from: 'await file.datasync()', to: 'await Promise.resolve()' }],
    checks: [['test/faults/fsync.test.ts'], ['test/faults/power-cut.test.ts']],
    note: 'killing a process loses nothing the kernel has: only watching the system calls shows it, or cutting the power of a disk'
  },
  {
    name: 'folders are not fsynced',
    edits: [{ file: 'ring/chunks/chunk-folder.ts', from: 'await folder.sync()', to: 'await Promise.resolve()' }],
    checks: [['test/faults/fsync.test.ts']],
    note: 'ext4 keeps the new name with the next fsync of anything, so only watching the calls shows it'
  },
  {
    name: 'an edit is acknowledged before anyone else has it',
    edits: [{ file: 'ring/catalog/catalog-push.ts', from: 'return 1 + await withinMs(PUSH_WAIT_MS, Promise.any(pushes).then(() => 1, () => 0))', to: 'return 1 + await withinMs(0, Promise.any(pushes).then(() => 0, () => 0))' }],
    checks: [['test/ring/catalog/catalog.test.ts']],
    note: 'the node that answered keeps the edit on disk, so processes that come back do not show it'
  },
  {
    name: 'two copies of an edit are said before there are two',
    edits: [{ file: 'ring/catalog/catalog-push.ts', from: 'return 1 + await withinMs(PUSH_WAIT_MS, Promise.any(pushes).then(() => 1, () => 0))', to: 'return 2 + await withinMs(0, Promise.any(pushes).then(() => 0, () => 0))' }],
    checks: [['test/ring/catalog/sync.test.ts']]
  },
  {
    name: 'the old layout is forgotten at once',
    edits: [{ file: 'ring/placement/layout-version.ts', from: OLDER, to: 'older: []' }],
    checks: [['test/ring/catalog/layout-entry.test.ts'], ['test/ring/replication/layout-change.test.ts'], harness('let go')],
    note: 'nothing is lost by it alone, since a node that leaves asks for each of its chunks; but the ring says that all has arrived when nothing has'
  },
  {
    name: 'the old layout is forgotten at once, and a node leaves without asking who has its chunks',
    edits: [
      { file: 'ring/placement/layout-version.ts', from: OLDER, to: 'older: []' },
      { file: 'ring/replication/departure.ts', from: HELD_ELSEWHERE, to: 'return true' }
    ],
    checks: [harness('let go')],
    note: 'the two safeguards of a move; without both, acknowledged bytes are lost'
  },
  {
    name: 'a node lets go of chunks before all owners have them',
    edits: [{ file: 'ring/replication/plan-repair.ts', from: 'holders.every((peer) => holdings.get(peer)?.has(id))', to: 'id !== undefined' }],
    checks: [['test/ring/replication/plan-repair.test.ts']],
    note: 'the owners are asked again right before a chunk goes, so only the plan shows it'
  },
  {
    name: 'a node leaves without looking at its last chunks',
    edits: [{ file: 'ring/replication/departure.ts', from: HELD_ELSEWHERE, to: 'return true' }],
    checks: [['test/ring/replication/layout-change.test.ts']]
  }
]

const root = join(import.meta.dirname, '../..')
const LEFT_OUT = new Set(['node_modules', '.git', 'web', '.thatdam'])
const running = new Set<() => void>()
const stopAll = (): void => { for (const stop of running) stop() }
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'thatdam-mutation-'))
  process.once('exit', () => {
    stopAll()
    rmSync(copy, { recursive: true, force: true })
  })
  for (const entry of readdirSync(root)) if (!LEFT_OUT.has(entry)) cpSync(join(root, entry), join(copy, entry), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Asked to end first, so that a harness takes its machines away. */
function passes(cwd: string, args: readonly string[]): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, FORCE_COLOR: '0' } })
    const stop = (): void => { child.kill('SIGTERM') }
    running.add(stop)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { output += bytes })
    const timer = setTimeout(stop, CHECK_MS)
    child.on('close', (code) => {
      clearTimeout(timer)
      running.delete(stop)
      resolve({ ok: code === 0, output })
    })
  })
}

const complaintOf = (output: string): string => (output.split('\n').find((line) => /✗|FAIL|Error:/.test(line)) ?? output.trim().split('\n').at(-1) ?? '').trim().slice(0, 140)

async function tryMutation(copy: string, { edits, checks, note }: Mutation): Promise<boolean> {
  const files = edits.map(({ file, from, to }) => {
    const path = join(copy, file)
    const good = readFileSync(path, 'utf8')
    return { file, path, good, isKnown: good.split(from).length === 2, bad: good.replace(from, () => to) }
  })
  const unknown = files.find(({ isKnown }) => !isKnown)
  if (unknown !== undefined) {
    process.stdout.write(`    ${unknown.file} no longer reads as expected: this mutation has to be written anew\n`)
    return false
  }
  const write = (kind: 'good' | 'bad'): void => { for (const file of files) writeFileSync(file.path, file[kind]) }
  let caught = true
  try {
    for (const args of checks) {
      write('good')
      const before = await passes(copy, args)
      write('bad')
      const after = await passes(copy, args)
      const verdict = !before.ok ? `fails without the mutation: ${complaintOf(before.output)}` : after.ok ? 'NOT CAUGHT' : `caught: ${complaintOf(after.output)}`
      process.stdout.write(`    ${args.join(' ')}\n      ${verdict}\n`)
      caught &&= before.ok && !after.ok
    }
  } finally {
    write('good')
  }
  if (note !== undefined) process.stdout.write(`    (${note})\n`)
  return caught
}

const words = process.argv.slice(2)
const copy = copyTree()
let missed = 0
for (const mutation of MUTATIONS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))) {
  process.stdout.write(`${mutation.name} (${mutation.edits.map(({ file }) => file).join(', ')})\n`)
  if (!await tryMutation(copy, mutation)) missed++
}
process.stdout.write(missed === 0 ? '\nevery mutation was caught\n' : `\n${missed} mutations were not caught\n`)
process.exitCode = missed === 0 ? 0 : 1
