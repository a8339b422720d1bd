import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { DefaultHttpStack, type DetailedError, Upload } from 'tus-js-client'
import type { ErrorBody, ImportResult, KnownUpload, KnownUploadTaken, RingView, UploadList, UploadView } from '#protocols/http.ts'
import type { FoundFile } from '../library/walk.ts'
import { CommandError, type NodeApi, nodeApi } from './api.ts'
import { type FlagValues, text } from './flags.ts'

/** How soon a node that did not answer, or was busy, is asked again before the next one is, in ms. */
export const UPLOAD_RETRY_DELAYS_MS = [300, 1_000]
/** How long to wait when no node took it, in ms, each time; then it is given up. */
export const UPLOAD_ROUND_DELAYS_MS = [1_000, 3_000, 10_000, 20_000]

/** A file and what the node is to call it. */
export interface Outgoing extends FoundFile {
  /** The folder that was named, and what lies under it. */
  readonly name: string
}

/** A node, and the others of its ring. */
interface Target {
  readonly base: string
  readonly api: NodeApi
}

/** Sends files to a ring. */
export interface FileSender {
  /** @throws CommandError when no node takes it */
  send(file: Outgoing, onBytes: (sent: number) => void): Promise<ImportResult>
}

/** The node says no to this file, and any other would. */
class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** By way of the node that `--node` names, and when it does not answer any more of the others. @throws CommandError when it does not answer now */
export async function fileSender(values: FlagValues): Promise<FileSender> {
  const token = text(values, 'token') ?? process.env['THATDAM_TOKEN']
  let targets: readonly Target[] = await targetsOf(values)
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }

  async function send(file: Outgoing, onBytes: (sent: number) => void): Promise<ImportResult> {
    try {
      const sha256 = await hashOf(file.path)
      return await sendSomewhere(file, sha256, onBytes)
    } catch (err) {
      if (err instanceof Refusal) return refusal(file, err.message)
      if ((err as { code?: string }).code === 'EACCES') return refusal(file, 'you may not read it')
      throw err
    }
  }

  async function sendSomewhere(file: Outgoing, sha256: string, onBytes: (sent: number) => void): Promise<ImportResult> {
    for (let round = 0; ; round++) {
      let failure: unknown
      for (const target of targets) {
        try {
          return await sendTo(target, file, sha256, headers, onBytes)
        } catch (err) {
          if (!(err instanceof CommandError)) throw err
          failure ??= err
          targets = [...targets.filter((each) => each !== target), target] // the others come first from now on
        }
      }
      const delay = UPLOAD_ROUND_DELAYS_MS[round]
      if (delay === undefined) throw failure
      await sleep(delay)
    }
  }

  return { send }
}

async function targetsOf(values: FlagValues): Promise<Target[]> {
  const api = nodeApi(values)
  const { members } = await api.get<RingView>('ring').catch((err: unknown) => {
    if (err instanceof CommandError && err.code === 'ERR_FORBIDDEN') return { members: [] } // a key that only brings files in
    throw err
  })
  const isSafe = (url: string): boolean => url.startsWith('https:') || !api.base.startsWith('https:') // else the token would be readable on the way
  const others = members.filter(({ self, http, alive }) => !self && alive && http !== '' && isSafe(http)).map(({ http }) => ({ base: http, api: nodeApi({ ...values, node: http }, { isNamed: false }) }))
  return [{ base: api.base, api }, ...others]
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1_048_576 }), hash)
  return hash.digest('hex')
}

/** @throws Refusal, CommandError when the node does not answer or can not */
async function sendTo({ base, api }: Target, file: Outgoing, sha256: string, headers: Record<string, string>, onBytes: (sent: number) => void): Promise<ImportResult> {
  const there = await api.get<UploadList>(`uploads?sha256=${sha256}&size=${file.size}`)
  const known = there.assetId === null ? null : await takeKnown(api, { sha256, path: file.name })
  if (known !== null) return { path: file.name, outcome: 'known', assetId: known, copies: 0, reason: null }
  const id = await pour({ url: `${base.replace(/\/+$/, '')}/api/v1/uploads`, pin: api.pin }, there.uploads[0]?.id, file, sha256, headers, onBytes)
  for (;;) {
    const { state, outcome, assetId, copies, reason } = await api.get<UploadView>(`uploads/${id}`)
    if (state === 'done') return { path: file.name, outcome: outcome ?? 'imported', assetId, copies, reason }
    if (state === 'refused') throw new Refusal(reason ?? 'the node gave no reason')
    if (state !== 'storing') throw new CommandError('the upload was ended elsewhere: import it again')
    await api.nudge(`uploads/${id}`, file.size)
  }
}

/** Of what the ring has only the name is sent; null: the bytes have to be sent after all. */
const takeKnown = async (api: NodeApi, known: KnownUpload): Promise<string | null> => (await api.post<KnownUploadTaken>('uploads/known', known)).assetId

/** The id of the upload when all its bytes are acknowledged. */
function pour({ url: endpoint, pin }: { url: string; pin: NodeApi['pin'] }, id: string | undefined, { path, name, size, modifiedMs }: Outgoing, sha256: string, headers: Record<string, string>, onBytes: (sent: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const source = createReadStream(path)
    const end = (): void => { source.destroy() }
    const upload: Upload = new Upload(source as never, {
      endpoint, ...(pin && { httpStack: new DefaultHttpStack(pin) }), uploadUrl: id === undefined ? null : `${endpoint}/${id}`, headers, uploadSize: size, retryDelays: UPLOAD_RETRY_DELAYS_MS, storeFingerprintForResuming: false,
      metadata: { relativePath: name, sha256, lastModified: String(Math.floor(modifiedMs)) },
      onProgress: (sent) => onBytes(sent),
      onShouldRetry: (error) => { const status = statusOf(error); return status === 0 || status === 409 || status === 423 || status >= 500 },
      onSuccess: () => { end(); resolve(upload.url?.split('/').at(-1) ?? '') },
      onError: (error) => { end(); reject(failureOf(error as DetailedError)) }
    })
    upload.start()
  })
}

const statusOf = (error: DetailedError): number => error.originalResponse?.getStatus() ?? 0

function failureOf(error: DetailedError): Error {
  const status = statusOf(error)
  const message = messageOf(error) ?? (status === 0 ? 'no node answers any more' : `the node answers ${status}`)
  return [400, 413, 415, 422, 460].includes(status) ? new Refusal(message) : new CommandError(status === 401 ? `${message}. Give it with --token or in THATDAM_TOKEN` : message)
}

function messageOf(error: DetailedError): string | undefined {
  try {
    return (JSON.parse(error.originalResponse?.getBody() ?? '') as ErrorBody).error.message
  } catch {
    return undefined
  }
}

const refusal = (file: Outgoing, reason: string): ImportResult => ({ path: file.name, outcome: 'refused', assetId: null, copies: 0, reason })
