/** Looks through everything now; when it is looking already, once more after that: what changed behind its back is not overlooked. Resolves when it has looked. */
export function lookThrough(look: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let isWantedAgain = false

  async function run(): Promise<void> {
    do {
      isWantedAgain = false
      await look()
    } while (isWantedAgain)
  }

  return () => {
    isWantedAgain = running !== undefined
    running ??= run().finally(() => { running = undefined })
    return running
  }
}
