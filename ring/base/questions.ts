interface Open<T> extends PromiseWithResolvers<T> { readonly timer: NodeJS.Timeout | undefined }

/** What to do about a question that is not answered in time. */
export interface Late {
  readonly ms: number
  act(): void
}

/** Questions that a thread or a process was asked, each by its number, until it answers or ends. */
export class Questions<T> {
  readonly #open = new Map<number, Open<T>>()
  #count = 0

  /** How many are not answered. */
  get size(): number {
    return this.#open.size
  }

  /** `send` passes the question on with its number. */
  ask(send: (id: number) => void, late?: Late): Promise<T> {
    const id = ++this.#count
    const timer = late === undefined ? undefined : setTimeout(() => late.act(), late.ms).unref()
    const open: Open<T> = { ...Promise.withResolvers<T>(), timer }
    this.#open.set(id, open)
    send(id)
    return open.promise
  }

  /** One that nobody waits for is passed over, here and below. */
  resolve(id: number, value: T): void {
    this.#take(id)?.resolve(value)
  }

  reject(id: number, reason: Error): void {
    this.#take(id)?.reject(reason)
  }

  resolveAll(value: T): void {
    for (const id of this.#open.keys()) this.resolve(id, value)
  }

  rejectAll(reason: Error): void {
    for (const id of this.#open.keys()) this.reject(id, reason)
  }

  #take(id: number): Open<T> | undefined {
    const open = this.#open.get(id)
    this.#open.delete(id)
    clearTimeout(open?.timer)
    return open
  }
}
