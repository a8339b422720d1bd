/** Looks through everything now; when it is looking already, once more after that: what changed behind its back is not overlooked. Resolves when it has looked. */
export function lookThrough(look: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let isWantedAgain = false

  async function run(): Promise<void> {
    try {
      do {
        isWantedAgain = false
        await look()
      } while (isWantedAgain)
    } finally {
      running = undefined // in the turn in which it is known that nobody wants another look
    }
  }

  return () => {
    isWantedAgain = running !== undefined
    running ??= run()
    return running
  }
}
