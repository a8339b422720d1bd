/** Runs the tasks of one key one after the other, in the order they came; tasks of different keys run at once. */
export type KeyedLock = <T>(key: string, run: () => Promise<T>) => Promise<T>

export function keyedLock(): KeyedLock {
  const tails = new Map<string, Promise<unknown>>()
  return (key, run) => {
    const before = tails.get(key)
    const mine = before === undefined ? run() : before.then(run, run)
    const leave = (): void => { if (tails.get(key) === mine) tails.delete(key) }
    tails.set(key, mine)
    mine.then(leave, leave)
    return mine
  }
}

/** Callers that come while `run` is running share the one run that follows: each is served by a run that began after its call. */
export function groupCommit(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let following: Promise<void> | undefined

  function begin(): Promise<void> {
    const mine = run().finally(() => { if (running === mine) running = undefined })
    running = mine
    return mine
  }

  return () => {
    if (running === undefined) return begin()
    following ??= running.catch(() => {}).then(() => {
      following = undefined
      return begin()
    })
    return following
  }
}
