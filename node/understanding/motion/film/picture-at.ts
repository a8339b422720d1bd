import { jpeg, toneOf, TURNS } from '../../../library/poster.ts'
import { type FilmSource, filmPictures, withFilm } from './film-pictures.ts'

/** Pictures decoded on the way from a keyframe to a moment, at most. @default 1500 */
const MAX_WAY = 1_500

/** The picture that is shown at a moment, whole, upright, in square pixels, as a JPEG. @throws when it can not be decoded */
export function pictureAt({ atMs, turn, ...source }: FilmSource & { atMs: number; turn: number }): Uint8Array {
  return withFilm(source, (media) => {
    if (!media.seek(atMs / 1000)) media.seek(0)
    let way = 0
    for (const picture of filmPictures(media)) {
      if (picture.atMs < atMs - 1 && ++way < MAX_WAY) continue
      return new Uint8Array(jpeg(picture.frame, `${toneOf(picture.frame)}scale=w='trunc(iw*if(sar,sar,1)/2)*2':h=ih,setsar=1,${TURNS[turn] ?? ''}null`))
    }
    throw new Error('the picture of that moment does not decode')
  })
}
