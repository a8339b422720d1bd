/** The process that reads words in pictures. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eachPicture } from '../pictures/each-picture.ts'
import { openNetwork } from '../pictures/network.ts'
import { serveModel } from '../serve-model.ts'
import { readText } from './read-text.ts'
import { signsOf } from './spell.ts'
import { READING_FILES } from './reading-model.ts'

serveModel(async (model) => {
  const [finder, reader] = await Promise.all([READING_FILES.finder, READING_FILES.reader].map((file) => openNetwork(join(model.folder, file), model)))
  const signs = signsOf(await readFile(join(model.folder, READING_FILES.signs), 'utf8'))
  return { 'read-text': (pictures, tools) => eachPicture(pictures, tools, (picture) => readText({ finder: finder!, reader: reader!, signs }, picture)) }
})
