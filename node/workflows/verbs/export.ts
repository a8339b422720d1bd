import { isAbsolute } from 'node:path'
import { stat } from 'node:fs/promises'
import { Type } from 'typebox'
import { InvalidInputError } from '#protocols/errors.ts'
import { known, type Params, type Verb } from '../verb.ts'

const Time = Type.Optional(Type.Union([Type.String({ maxLength: 40 }), Type.Number()], { description: 'ISO 8601 or Unix ms' }))

function timeOf(name: string, value: string | number): number {
  const ms = typeof value === 'number' || /^\d+$/.test(value) ? Number(value) : Date.parse(value)
  if (!Number.isFinite(ms)) throw new InvalidInputError(`${name} is no time: ${String(value).slice(0, 40)} (use ISO 8601 or Unix ms)`)
  return ms
}

function rangeOf({ from, to, minutes, camera, file, cut = 'exact' }: Params): { camera: string; fromMs: number; toMs: number; file: string; cut: 'exact' | 'keyframe' | 'parts' } {
  const toMs = to === undefined ? Date.now() : timeOf('to', to)
  const fromMs = from === undefined ? minutes === undefined ? undefined : toMs - minutes * 60_000 : timeOf('from', from)
  if (fromMs === undefined) throw new InvalidInputError('say from when: "from", or "minutes" before the end')
  if (fromMs >= toMs) throw new InvalidInputError('from must be before to')
  if (!isAbsolute(file) || file.includes('\0')) throw new InvalidInputError(`${JSON.stringify(file)} is no absolute path: name it from / on`)
  return { camera, fromMs, toMs, file: file.replaceAll('{time}', new Date(fromMs).toISOString().replace(/[:.]/g, '-')), cut }
}

async function check(params: Params): Promise<ReturnType<typeof rangeOf>> {
  const range = rangeOf(params)
  if (await stat(range.file).then(() => true, () => false)) throw new InvalidInputError(`${range.file} is there already: choose another name; {time} in it stands for the beginning of the range`)
  return range
}

/** `{"action":"export","camera":"porch","minutes":10,"file":"/media/out/porch-{time}.mp4"}` */
export const exportRange: Verb = {
  action: 'export',
  summary: 'Write a range of a camera to a file of the node\'s machine',
  params: Type.Object({ camera: Type.String({ minLength: 1, maxLength: 64 }), from: Time, to: Time, minutes: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_440 })), file: Type.String({ minLength: 1, maxLength: 4_096 }), cut: Type.Optional(Type.Union([Type.Literal('exact'), Type.Literal('keyframe'), Type.Literal('parts')])) }),
  isKnown: (actions) => actions.exportRange !== undefined,
  check: async (params) => `would write ${(await check(params)).file}`,
  async run(params, { actions, signal }) {
    const range = await check(params)
    const written = await known(actions, 'exportRange')(range, { signal })
    return { message: `${range.file}: ${(written.durationMs / 1_000).toFixed(1)} s, ${written.bytes} bytes`, result: { file: range.file, ...written } }
  }
}
