import { InvalidInputError } from '#protocols/errors.ts'

/** The `?size=640x360&fps=30` of a source, read strictly. */
export interface SourceOptions {
  /** @throws InvalidInputError when it is no whole number from `least` to `most` */
  integer(key: string, least: number, most: number): number | undefined
  /** @throws InvalidInputError when it is no even size within these */
  size(least: Size, most: Size): Size | undefined
  /** @throws InvalidInputError when it is none of `values` */
  oneOf<T extends string>(key: string, values: readonly T[]): T | undefined
}

/** Pixels. */
export interface Size { readonly width: number; readonly height: number }

/** Options of a source of this kind; only these keys, each once. @throws InvalidInputError that names another one */
export function sourceOptions(kind: string, text: string, keys: readonly string[]): SourceOptions {
  const given = new URLSearchParams(text)
  for (const key of given.keys()) {
    if (!keys.includes(key)) throw new InvalidInputError(`${kind} source: unknown option ${JSON.stringify(key)}: use ${keys.slice(0, -1).join(', ')} or ${keys.at(-1)}`)
    if (given.getAll(key).length > 1) throw new InvalidInputError(`${kind} source: ${key} is said twice: say it once`)
  }
  const refused = (key: string, use: string): InvalidInputError => new InvalidInputError(`${kind} source: ${key} ${JSON.stringify(given.get(key))}: use ${use}`)

  return {
    integer(key, least, most) {
      const value = given.get(key)
      if (value === null) return undefined
      if (!/^\d{1,9}$/.test(value) || Number(value) < least || Number(value) > most) throw refused(key, `${least} to ${most}`)
      return Number(value)
    },
    size(least, most) {
      const value = given.get('size')
      if (value === null) return undefined
      const [, width = NaN, height = NaN] = (/^(\d+)x(\d+)$/.exec(value) ?? []).map(Number)
      const fits = width >= least.width && width <= most.width && height >= least.height && height <= most.height
      if (!fits || width % 2 !== 0 || height % 2 !== 0) throw refused('size', `an even WIDTHxHEIGHT from ${least.width}x${least.height} to ${most.width}x${most.height}`)
      return { width, height }
    },
    oneOf(key, values) {
      const value = given.get(key)
      if (value === null) return undefined
      const found = values.find((allowed) => allowed === value)
      if (found === undefined) throw refused(key, `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`)
      return found
    }
  }
}
