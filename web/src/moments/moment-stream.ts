import type { CoverageView, FoundView } from '#protocols/http.ts'
import { ApiError, errorOf, openAnswer } from '../api/client.ts'

/** Longest line that is read, in characters: a line is one clip with its moments. @default 1000000 */
const MAX_LINE = 1_000_000

/** Lines of an answer as they arrive. */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let rest = ''
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      const lines = (rest + (value ?? '')).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > MAX_LINE) throw new ApiError('The node answered a line without end: is another program listening on this port?', 200, 'NOT_JSON')
      yield* lines
    }
    yield rest
  } finally {
    reader.releaseLock()
  }
}

type Line = Partial<FoundView> & Partial<CoverageView> & { readonly error?: unknown }

/** Asks for moments and calls back for each clip as it is found. Answers how much was covered; undefined when the answer broke off. @throws ApiError, the signal's reason */
export async function streamMoments(path: string, init: RequestInit, onFound: (found: FoundView) => void): Promise<CoverageView | undefined> {
  const { body } = await openAnswer(path, { ...init, headers: { ...init.headers, accept: 'application/x-ndjson' } })
  let coverage: CoverageView | undefined
  if (body !== null) for await (const text of linesOf(body)) if (text.trim() !== '') coverage = take(JSON.parse(text) as Line, onFound) ?? coverage
  return coverage
}

function take(line: Line, onFound: (found: FoundView) => void): CoverageView | undefined {
  if (line.error !== undefined) throw errorOf(500, line)
  if (line.subject !== undefined) onFound(line as FoundView)
  return line.totalMs === undefined ? undefined : line as CoverageView
}
