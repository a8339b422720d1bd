/** Asks one camera's driver what it offers, and ends. */
import { DeviceAPI } from 'node-av/api'
import { avGetPixFmtName, Log } from 'node-av/lib'
import { AV_LOG_QUIET } from 'node-av/constants'

Log.setLevel(AV_LOG_QUIET)
try {
  const modes = await DeviceAPI.modes(process.argv[2] ?? '')
  answer({ modes: modes.map(({ width, height, minFrameRate, maxFrameRate, pixelFormat }) => ({ format: avGetPixFmtName(pixelFormat) ?? 'compressed', width, height, fps: [...new Set([minFrameRate, maxFrameRate])] })) })
} catch (err) {
  answer({ reason: err instanceof Error ? err.message : String(err) })
}

function answer(words: object): void {
  process.send?.(words, () => process.exit())
}
