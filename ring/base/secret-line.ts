import { readFileSync } from 'node:fs'
import { InvalidInputError } from '#protocols/errors.ts'

/** The first line of a file, so that a secret is in no list of processes. `named`: how the command line names it; `what`: what is to stand there. @throws InvalidInputError */
export function secretLine(named: string, path: string, what: string): string {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (err) {
    throw new InvalidInputError(`${named} can not be read (${(err as { code?: string }).code ?? err}): name a file with ${what}`)
  }
  const [secret = ''] = text.split(/\r?\n/)
  if (secret === '') throw new InvalidInputError(`${named} has an empty first line: write ${what} there`)
  return secret
}
