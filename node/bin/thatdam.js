#!/usr/bin/env node
// The door for every Node: it must parse on old ones, and goes on only with one that runs TypeScript as it is.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { compiledFrom, isCompiled } from './compiled.js'

const NEEDED = 24

const self = fileURLToPath(import.meta.url)
if (/[\\/]node_modules[\\/]/.test(self)) refuse('this is a copy below node_modules, where Node runs no TypeScript: clone the repository, run "npm ci" in it, and install that folder: npm install /path/to/thatdam')

hideSecrets()

// Before anything uses them: threads for files, so that a disk that hangs (8 writes at most) and shares that do not answer (16 questions) leave some for the rest.
process.env.UV_THREADPOOL_SIZE ??= '32'

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  // Chunks live outside V8's heap, which is small: counted by themselves, every 64 MB of them would be a full collection.
  setFlagsFromString('--external-memory-accounted-in-global-limit')
  hideExperiments()
  keepCompiled()
  const load = isCompiled() ? (path) => import(compiledFrom(path)) : (path) => import(`../../${path}`)
  const { main } = await load('node/cli/main.ts')
  const { endProcess } = await load('node/cli/end-process.ts')
  const peer = async (argv) => {
    const { runPeer } = await load('peer/main.ts')
    return runPeer(argv)
  }
  const devices = async () => {
    const { inventory } = await load('peer/devices/inventory.ts')
    return inventory({ discover: false })
  }
  const pluggedCameras = async (file, log) => {
    const { camerasOfMachine } = await load('peer/devices/machine-cameras.ts')
    return camerasOfMachine(file, log)
  }
  const checkPeer = async (argv) => {
    const { checkPeer } = await load('peer/main.ts')
    checkPeer(argv)
  }
  endProcess(await main(process.argv.slice(2), { peer, checkPeer, devices, pluggedCameras, command: [process.execPath, self] }))
} else {
  runWithOwnNode()
}

/** Every user of a machine can read command lines: passwords, keys and invites are taken out of this one. */
function hideSecrets() {
  const words = process.argv.slice(2)
  const shown = words.map((word, i) => {
    if (word !== '-' && (words[i - 1] === '--join' || words[i - 1] === '--token')) return '…'
    return word.replace(/^(--(?:join|token)=).*/, '$1…').replace(/(:\/\/|^turns?:)\S*@/, '$1').replace(/((?:rtmps?|srt):\/\/[^/?]*).*/, '$1/…').replace(/(:\/\/[^?]*)\?.*/, '$1?…').replace(/((?:pass|pwd)\w*=).*/i, '$1…')
  })
  if (shown.some((word, i) => word !== words[i])) process.title = ['thatdam', ...shown].join(' ')
}

/** Compiled code is kept in the package's own folder, where nobody else can write: the next start, and that of every child and thread, takes half the time. Where it can not be written, nothing is kept. */
function keepCompiled() {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/thatdam', import.meta.url))
  const { directory } = module.enableCompileCache(folder)
  if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= folder
}

/** Node's own note that SQLite is young is of no use to who runs a node; other warnings are. */
function hideExperiments() {
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`)
  })
}

/** The package brings a Node of its own. */
function runWithOwnNode() {
  const own = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url))
  if (!existsSync(own)) refuse(`this is Node ${process.versions.node}, and ThatDAM needs Node ${NEEDED}: install it, or run "npm ci" in the folder of ThatDAM, which brings one`)
  const child = spawn(own, [self, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal !== null) process.removeAllListeners(signal)
    if (signal === null) process.exit(code ?? 1)
    process.kill(process.pid, signal)
  })
}

function refuse(why) {
  process.stderr.write(`thatdam: ${why}\n`)
  process.exit(1)
}
