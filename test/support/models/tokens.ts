/** Vocabularies and tokenizers in the hub's layout. */

export type Vocabulary = Record<string, number>

export interface PairEncoding {
  readonly vocabulary: Vocabulary
  readonly merges: ReadonlyArray<readonly [string, string]>
}

/** The alphabet of bytes, and merges that make each of these words one token. `suffix` ends a word (CLIP); `prefix` begins one (Whisper). */
export function pairEncoding(words: readonly string[], { suffix = '', prefix = '' }: { readonly suffix?: string; readonly prefix?: string }): PairEncoding {
  const vocabulary: Vocabulary = {}
  const merges: Array<[string, string]> = []
  const add = (token: string): void => { vocabulary[token] ??= Object.keys(vocabulary).length }
  for (const letter of byteLetters()) for (const token of suffix === '' ? [letter] : [letter, letter + suffix]) add(token)
  for (const word of words) {
    for (const [left, right] of furtherMerges(lettersOf(prefix + word, suffix), merges)) {
      merges.push([left, right])
      add(left + right)
    }
  }
  return { vocabulary, merges }
}

/** Of UTF-8, as byte-level tokenizers spell bytes. */
export const spelled = (text: string): string => [...Buffer.from(text)].map((byte) => byteLetters()[byte] ?? '').join('')

export const special = (id: number, content: string, isSpecial = true) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: isSpecial })

function lettersOf(word: string, suffix: string): string[] {
  const letters = [...word]
  letters.push(`${letters.pop() ?? ''}${suffix}`)
  return letters
}

/** What is merged before is merged first: else the word would not stay one token. */
function furtherMerges(letters: string[], merges: ReadonlyArray<readonly [string, string]>): Array<[string, string]> {
  for (const [left, right] of merges) {
    for (let at = 0; at + 1 < letters.length; at++) if (letters[at] === left && letters[at + 1] === right) letters.splice(at, 2, left + right)
  }
  const further: Array<[string, string]> = []
  for (let whole = letters[0] ?? '', at = 1; at < letters.length; at++) {
    further.push([whole, letters[at] ?? ''])
    whole += letters[at]
  }
  return further
}

/** One visible letter per byte, in the order of bytes. */
function byteLetters(): string[] {
  let hidden = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isVisible(byte) ? byte : hidden++))
}

const isVisible = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
