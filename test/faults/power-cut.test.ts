/** A node on a disk whose power is cut in the middle of work, and held to every answer it gave. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import type { AssetDetail, AssetList, ImportResult } from '#protocols/http.ts'
import { PowerCutDisk, whyNoPowerCuts } from '../support/power-cut-disk.ts'
import { Thatdam } from '../support/processes.ts'
import { sha256 } from './clients.ts'
import { makeFile } from './media.ts'
import { Random } from './random.ts'

/** Uploads that must have been answered before the power is cut. */
const ACKNOWLEDGED = 12
const ROUNDS = 2

/** Loaded into a node: what it writes stays in memory until the system feels like writing it. */
const FORGETFUL = `import fs, { constants } from 'node:fs/promises'; import { syncBuiltinESMExports } from 'node:module'
const { open } = fs; const file = await open('/'); const handle = Object.getPrototypeOf(file); await file.close()
handle.sync = handle.datasync = async () => {}
fs.open = (path, flags, mode) => open(path, typeof flags === 'number' ? flags & ~constants.O_DSYNC : flags, mode); syncBuiltinESMExports()`

const test = suite('power cut')
const why = whyNoPowerCuts()
const when = why === undefined ? test : test.skip
if (why !== undefined) process.stdout.write(`skipped: ${why}\n`)

/** What was answered, and what was asked and may or may not have happened. */
class Answers {
  readonly uploads = new Set<string>()
  readonly asked = new Set<string>()
  /** Titles an asset may have: the one last acknowledged, and those asked for since, which may or may not have happened. */
  readonly titles = new Map<string, string[]>()
}

interface Node { readonly process: Thatdam; readonly url: string }

async function begin(disk: PowerCutDisk, preload: string): Promise<Node> {
  const process = new Thatdam(['node', '--data', join(disk.path, 'data'), '--name', 'alder', '--http', '127.0.0.1:0', '--listen', '/ip4/127.0.0.1/tcp/0', '--no-mdns', '--json'], ['env', `NODE_OPTIONS=${preload}`])
  return { process, url: String((await process.event('ready'))['http']) }
}

const ask = (node: Node, path: string, init: RequestInit = {}): Promise<Response> => fetch(`${node.url}/api/v1${path}`, { ...init, signal: AbortSignal.timeout(20_000) })

/** Uploads and retitles without a pause, until nobody answers any more. */
async function work(node: Node, answers: Answers, random: Random, name: string): Promise<void> {
  for (let i = 0; ; i++) {
    try {
      const file = makeFile(random, `${name}-${i}`)
      const id = sha256(file.bytes)
      answers.asked.add(id)
      const answer = await ask(node, `/assets?name=${file.name}`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: new Uint8Array(file.bytes) })
      if (answer.status !== 200) continue
      const [result] = (await answer.json() as { results: ImportResult[] }).results
      if (result?.outcome !== 'imported') continue
      answers.uploads.add(id)
      for (const title of [`${name} ${i}`, `${name} ${i} again`]) {
        answers.titles.set(id, [...answers.titles.get(id) ?? [''], title])
        const edited = await ask(node, `/assets/${id}`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ title }) })
        if (edited.status === 200) answers.titles.set(id, [title])
      }
    } catch {
      if (!node.process.running) return
      await sleep(20)
    }
  }
}

/** What of the answers does not hold any more, and what is there in halves. */
async function broken(node: Node, answers: Answers): Promise<string[]> {
  const found: string[] = []
  for (const id of answers.uploads) {
    const detail = await ask(node, `/assets/${id}`)
    if (!detail.ok) {
      found.push(`${id} was acknowledged and is gone: ${detail.status}`)
      continue
    }
    const { title } = await detail.json() as AssetDetail
    const possible = answers.titles.get(id) ?? ['']
    if (!possible.includes(title)) found.push(`${id} was called ${possible[0]} and is called ${title}`)
  }
  const { assets } = await (await ask(node, '/assets?limit=500')).json() as AssetList
  for (const { id } of assets) {
    if (!answers.asked.has(id)) found.push(`${id} was never uploaded`)
    const content = await ask(node, `/assets/${id}/content`)
    const bytes = content.ok ? Buffer.from(await content.arrayBuffer().catch(() => new ArrayBuffer(0))) : Buffer.alloc(0)
    if (sha256(bytes) !== id) found.push(`${id} is listed, and its bytes are not there`)
  }
  return found
}

/** Work, cut the power, start again; answers what broke. */
async function cutPower(preload: string, rounds: number): Promise<string[]> {
  const disk = new PowerCutDisk()
  const answers = new Answers()
  let node: Node | undefined
  try {
    node = await begin(disk, preload)
    for (let round = 0; round < rounds; round++) {
      const enough = answers.uploads.size + ACKNOWLEDGED
      const { process } = node
      const clients = Array.from({ length: 3 }, (_, i) => work(node as Node, answers, new Random(round, `client ${i}`), `r${round}c${i}`))
      while (answers.uploads.size < enough && process.running) await sleep(5)
      disk.cut()
      await process.kill()
      await Promise.all(clients)
      disk.restore()
      node = await begin(disk, preload)
      const found = await broken(node, answers)
      if (found.length > 0) return found
    }
    return []
  } finally {
    await node?.process.kill()
    disk.remove()
  }
}

when('what was acknowledged before the power was cut is there after it, whole, and nothing is there in halves', async () => {
  assert.deepEqual(await cutPower('', ROUNDS), [])
})

when('this test can fail: without fsync, acknowledged bytes are lost', async () => {
  const preload = `--import=data:text/javascript,${encodeURIComponent(FORGETFUL)}`
  assert.ok((await cutPower(preload, 1)).length > 0)
})

test.run()
