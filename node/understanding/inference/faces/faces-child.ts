/** The process that finds faces in pictures. It only ever runs where people agreed to it. */
import type { FoundFace, Picture } from '../inference.ts'
import { readyGraph } from '../graph-model/ready-graph.ts'
import { eachPicture } from '../pictures/each-picture.ts'
import { type Network, openNetwork } from '../pictures/network.ts'
import { serveModel } from '../serve-model.ts'
import { FACE_RESULTS, locateFaces } from './find-faces.ts'
import { VECTOR_RESULTS, vectorOfFace } from './face-vector.ts'

serveModel(async (model) => {
  const [finder, teller] = [await openNetwork(await readyGraph(model.folder, 'blazeface', FACE_RESULTS), model), await openNetwork(await readyGraph(model.folder, 'faceres', VECTOR_RESULTS), model)]
  return { 'find-faces': (pictures, tools) => eachPicture(pictures, tools, (picture) => findFaces(finder, teller, picture)) }
})

async function findFaces(finder: Network, teller: Network, picture: Picture): Promise<FoundFace[]> {
  const faces: FoundFace[] = []
  for (const face of await locateFaces(finder, picture)) faces.push({ box: face.box, confidence: face.confidence, vector: await vectorOfFace(teller, picture, face) })
  return faces
}
