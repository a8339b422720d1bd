/** The process that finds things in pictures. */
import { readyGraph } from '../graph-model/ready-graph.ts'
import { eachPicture } from '../pictures/each-picture.ts'
import { openNetwork } from '../pictures/network.ts'
import { serveModel } from '../serve-model.ts'
import { findObjects, OBJECT_RESULTS } from './find-objects.ts'

serveModel(async (model) => {
  const network = await openNetwork(await readyGraph(model.folder, 'centernet', OBJECT_RESULTS), model)
  return { 'find-objects': (pictures, tools) => eachPicture(pictures, tools, (picture) => findObjects(network, picture)) }
})
