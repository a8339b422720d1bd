/** The side of a process that runs a model: whatever the family, the same messages. */
import type { Ask, FromProcess, InputOf, ModelToOpen, OutputOf, ToProcess } from './asks.ts'

export interface RunTools {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
  /** Share of the run, 0 to 1; a run that is silent for minutes is given up. */
  readonly onProgress: (share: number) => void
}

/** What a model can be asked: one output per input, in order. */
export type Answers = { readonly [A in Ask]?: (inputs: ReadonlyArray<InputOf<A>>, tools: RunTools) => Promise<ReadonlyArray<OutputOf<A>>> }

/** Opens the model that the node names, and answers until the node ends this process. Runs come one after the other. */
export function serveModel(open: (model: ModelToOpen) => Promise<Answers>): void {
  const runs = new Map<number, AbortController>()
  let answers: Answers = {}
  process.on('disconnect', () => process.exit())
  process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order
  process.on('message', (message: ToProcess) => {
    if ('cancel' in message) runs.get(message.cancel)?.abort(new Error('nobody waits for it any more'))
    else if ('open' in message) void open(message.open).then((ready) => { answers = ready; tell({ opened: true }) }, (err) => tell({ notOpened: whyNot(message.open, err) }))
    else void run(message)
  })

  async function run({ run, ask, inputs }: Extract<ToProcess, { run: number }>): Promise<void> {
    const controller = new AbortController()
    runs.set(run, controller)
    try {
      const answer = answers[ask] as ((inputs: readonly unknown[], tools: RunTools) => Promise<readonly unknown[]>) | undefined
      if (answer === undefined) throw new Error(`this model can not be asked to ${ask}`)
      const outputs = await answer(inputs, { signal: controller.signal, onProgress: (progress) => tell({ run, progress }) })
      tell({ run, outputs, bytes: process.memoryUsage.rss() })
    } catch (err) {
      tell({ run, failed: reasonOf(err), bytes: process.memoryUsage.rss() })
    } finally {
      runs.delete(run)
    }
  }
}

const whyNot = ({ id, provider }: ModelToOpen, err: unknown): string =>
  `${id} could not be opened${provider === 'cpu' ? '' : ` with ${provider}, which this machine may lack: start the node with --inference-provider cpu`} (${reasonOf(err)})`

const reasonOf = (err: unknown): string => (err instanceof Error ? err.message : String(err))

function tell(answer: FromProcess): void {
  if (process.connected) process.send?.(answer)
}
