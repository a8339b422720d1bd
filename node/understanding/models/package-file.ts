import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Where an installed package lies, whatever it exports; undefined when it is not installed. */
export function packageFolder(name: string, from = import.meta.dirname): string | undefined {
  const folder = join(from, 'node_modules', name)
  if (existsSync(join(folder, 'package.json'))) return folder
  return dirname(from) === from ? undefined : packageFolder(name, dirname(from))
}
