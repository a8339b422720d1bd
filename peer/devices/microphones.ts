import { readFile } from 'node:fs/promises'
import type { Device } from '#protocols/media.ts'
import { device } from './device.ts'

export interface AlsaPlace {
  /** Where Linux lists what can play and record. @default /proc/asound/pcm */
  pcmFile?: string
}

/** ALSA devices that record. They are shown only: no source takes a microphone by itself yet. */
export async function microphones({ pcmFile = '/proc/asound/pcm' }: AlsaPlace = {}): Promise<Device[]> {
  const lines = (await readFile(pcmFile, 'utf8').catch(() => '')).split('\n').filter((line) => /: capture \d/.test(line))
  return lines.flatMap((line) => {
    const [, card, number, name] = /^(\d+)-(\d+): ([^:]*)/.exec(line) ?? []
    return card === undefined ? [] : [device({ kind: 'microphone', source: `hw:${Number(card)},${Number(number)}`, name: name?.trim() ?? '', state: 'refused', reason: 'sound without a picture cannot be captured yet' })]
  })
}
