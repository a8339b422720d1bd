import { limiter } from './tasks.ts'

/** What is asked of one key is done one after the other; keys do not wait for each other. */
export function createTurns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const lines = new Map<string, { readonly inTurn: ReturnType<typeof limiter>; asked: number }>()
  return async (key, work) => {
    const line = lines.get(key) ?? { inTurn: limiter(1), asked: 0 }
    lines.set(key, line)
    line.asked++
    try {
      return await line.inTurn(work)
    } finally {
      if (--line.asked === 0) lines.delete(key)
    }
  }
}
