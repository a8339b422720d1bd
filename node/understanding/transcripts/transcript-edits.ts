import { InvalidInputError, PreconditionFailedError, PreconditionRequiredError } from '#protocols/errors.ts'
import { type ChunkId, parseChunkId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import type { Edits } from '../../organise/edits.ts'
import type { Person } from '../../organise/person.ts'
import { checkLines, inOrder } from './checked-lines.ts'
import { tidied } from './formats/cue.ts'
import { retimed } from './retime.ts'
import { BEFORE, EDITED, type Line, type Transcript, versionsOf } from './transcript.ts'
import { isLanguage } from './transcript-codec.ts'
import type { TranscriptStore } from './transcript-store.ts'

/** What a person wrote. */
export interface TranscriptDraft {
  readonly lines: readonly Line[]
  /** @default that of what it was made of */
  readonly language?: string | undefined
}

/** `match`: the transcript that was changed, `*` for whichever is there; undefined when none by a person is. */
export type Match = ChunkId | '*' | undefined

/** People's transcripts. Whoever is slower learns of it before anything is written. */
export interface TranscriptEdits {
  /** Answers the blob. @throws InvalidInputError, PreconditionRequiredError, PreconditionFailedError when somebody else was faster */
  put(who: Person, asset: Asset, draft: TranscriptDraft, match: Match): Promise<ChunkId>
  /** Back to captions or to what a model heard. @throws as `put` */
  remove(who: Person, asset: Asset, match: Match): Promise<void>
}

export interface TranscriptEditsComponents {
  readonly edits: Pick<Edits, 'many'>
  readonly store: TranscriptStore
  /** The model in use, whose transcript is shown before those of others. */
  readonly model: () => string | undefined
  /** @default Date.now */
  readonly nowMs?: () => number
}

export function createTranscriptEdits({ edits, store, model, nowMs = Date.now }: TranscriptEditsComponents): TranscriptEdits {
  const shownOf = (asset: Asset): ChunkId | undefined => versionsOf(asset, model())[0]?.blob

  async function write(who: Person, asset: Asset, blob: ChunkId | '', match: Match): Promise<void> {
    let refused: Error | undefined
    const { failed } = await edits.many(who, [asset.facts.id], (now) => {
      refused = whyNot(now, match)
      return refused === undefined ? { written: { [EDITED]: blob, [BEFORE]: now.made[EDITED] ?? '' } } : undefined
    }, `transcript of ${asset.title || asset.facts.name}`)
    if (refused !== undefined) throw refused
    if (failed[0] !== undefined) throw new InvalidInputError(failed[0].reason)
  }

  function whyNot(now: Asset, match: Match): Error | undefined {
    if (match === undefined) return now.made[EDITED] === undefined ? undefined : new PreconditionRequiredError('somebody has written a transcript of this already: read it, and send its ETag as If-Match with yours')
    if (match === '*' || match === shownOf(now)) return undefined
    return new PreconditionFailedError('somebody else changed this transcript meanwhile: read it again, and make your change in that one')
  }

  /** Of what the page shows it was made, if that can still be read. */
  async function baseOf(asset: Asset): Promise<{ readonly of: ChunkId | undefined; readonly base: Transcript | undefined }> {
    const of = shownOf(asset)
    return { of, base: of === undefined ? undefined : await store.get(of).catch(() => undefined) }
  }

  return {
    async put(who, asset, { lines, language }, match) {
      const settled = inOrder(lines.map((line) => settle(line)))
      checkLines(settled, (why) => { throw new InvalidInputError(`the transcript is not taken: ${why}`) })
      if (language !== undefined && language !== '' && !isLanguage(language)) throw new InvalidInputError('a language is named by two or three letters: en, de, gsw')
      const refused = whyNot(asset, match)
      if (refused !== undefined) throw refused
      const { of, base } = await baseOf(asset)
      const kept = language === undefined || language === base?.language
      const blob = await store.put({
        origin: { kind: 'person', from: who.name }, language: (kept ? base?.language : language) ?? '', languageConfidence: kept ? base?.languageConfidence ?? 0 : 0,
        languages: kept ? base?.languages ?? [] : language === '' ? [] : [{ language: language ?? '', share: 1 }], lines: settled, dropped: 0, edited: { atMs: nowMs(), of }
      })
      await write(who, asset, blob, match)
      return blob
    },
    async remove(who, asset, match) {
      if (asset.made[EDITED] !== undefined) await write(who, asset, '', match)
    }
  }
}

/** Text without what is not seen, and words that say it. */
function settle(line: Line): Line {
  return retimed({ ...line, text: tidied(line.text), speaker: tidied(line.speaker) })
}

/** What an `If-Match` header names. @throws InvalidInputError */
export function matchOf(header: string | undefined): Match {
  if (header === undefined || header === '*') return header
  const [, tag = ''] = /^"([^"]{1,200})"$/.exec(header.trim()) ?? []
  try {
    return parseChunkId(tag)
  } catch {
    throw new InvalidInputError('If-Match names the ETag that came with the transcript, in quotes')
  }
}
