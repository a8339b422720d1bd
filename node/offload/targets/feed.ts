/** Bytes that are pushed, for a reader that pulls. */
export interface Feed {
  /** Resolves when the reader is through with them, so that they are the caller's again. */
  push(bytes: Uint8Array): Promise<void>
  end(): void
  /** Both sides hear it. */
  fail(err: unknown): void
  /** For one reader. */
  bytes(): AsyncGenerator<Uint8Array>
}

export function createFeed(): Feed {
  let next = Promise.withResolvers<{ bytes: Uint8Array; taken: () => void } | undefined>()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  return {
    async push(bytes) {
      const taken = Promise.withResolvers<void>()
      next.resolve({ bytes, taken: taken.resolve })
      await Promise.race([taken.promise, failed.promise])
    },
    end() { next.resolve(undefined) },
    fail(err) { failed.reject(err) },
    async *bytes() {
      for (;;) {
        const piece = await Promise.race([next.promise, failed.promise])
        if (piece === undefined) return
        next = Promise.withResolvers()
        yield piece.bytes
        piece.taken()
      }
    }
  }
}
