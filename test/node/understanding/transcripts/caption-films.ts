/** Small films with captions inside, made by the machine's ffmpeg. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ffmpeg } from '../../../support/ffmpeg.ts'

export const SRT = `1
00:00:00,500 --> 00:00:01,500
The <i>harbour</i> at dawn,
quiet as ever.

2
00:00:02,000 --> 00:00:03,250
Gulls wake first & shout.
`

const ASS = `[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.50,0:00:01.50,Default,Nora,0,0,0,,{\\an8}The harbour at dawn,\\Nquiet as ever.
Dialogue: 0,0:00:02.00,0:00:03.25,Default,,0,0,0,,Gulls wake first & shout.
`

/** Four seconds of film with sound; `codec` by FFmpeg's name, `language` of three letters. */
export function captionFilm(folder: string, name: string, codec: string, language = 'eng'): string {
  const source = join(folder, codec === 'ass' ? 'a.ass' : 'a.srt')
  writeFileSync(source, codec === 'ass' ? ASS : SRT)
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=10:d=4', '-f', 'lavfi', '-i', 'sine=d=4', '-i', source, '-map', '0:v', '-map', '1:a', '-map', '2:s', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-c:s', codec, '-metadata:s:s:0', `language=${language}`, join(folder, name))
  return join(folder, name)
}
