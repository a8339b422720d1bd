/** The process that captures one camera. Its parent starts it anew when it dies; it dies when its parent does. */
import { AV_LOG_ERROR } from 'node-av/constants'
import { Log } from 'node-av/lib'
import type { WorkerCommand, WorkerMessage } from './camera-source.ts'
import { type CaptureContext, NeedsTranscodeError } from './capture.ts'
import { captureInput } from './input-capture.ts'
import { redact, type SourceSpec } from './source-spec.ts'
import { captureTest } from './test-capture.ts'

function send(message: WorkerMessage): void {
  if (process.connected) process.send?.(message)
}

function capture(spec: SourceSpec, context: CaptureContext): Promise<void> {
  return spec.kind === 'test' ? captureTest(spec, context) : captureInput(spec, context)
}

async function run({ spec, transcode, keepHevc, encoding }: Extract<WorkerCommand, { type: 'start' }>): Promise<void> {
  try {
    await capture(spec, { emit: send, onKeyframeRequest: (listener) => { keyframe = listener }, transcode, keepHevc, encoding, signal: new AbortController().signal })
    send({ type: 'failed', reason: 'the source ended', transcode: false })
  } catch (err) {
    const reason = redact(err instanceof Error ? err.message : String(err))
    send({ type: 'failed', reason, transcode: err instanceof NeedsTranscodeError })
  }
  process.disconnect()
}

let keyframe = (): void => {}
Log.setLevel(AV_LOG_ERROR)
// a listener may be held by a thread that waits for a sender: an orderly exit would wait for it, too
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// a terminal's Ctrl-C reaches the whole group: the parent decides when this ends
process.on('SIGINT', () => {})
process.on('message', (command: WorkerCommand) => {
  if (command.type === 'start') void run(command)
  else keyframe()
})
