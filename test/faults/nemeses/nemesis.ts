import type { Client } from '../clients.ts'
import type { Cluster } from '../cluster.ts'
import type { Model } from '../model.ts'
import type { Random } from '../random.ts'

/** What a nemesis may touch. */
export interface World {
  readonly cluster: Cluster
  /** Works while faults are made, for those that need a request at the right moment. */
  readonly client: Client
  readonly random: Random
  /** What was promised so far; told of promises that a nemesis sees broken. */
  readonly model: Model
}

/** One way to harm a ring. */
export interface Nemesis {
  readonly name: string
  /** Harms bytes on a disk: all copies have to be there before it begins. */
  readonly destroys: boolean
  /** Why it can not be done on this machine; undefined when it can. */
  why?(): string | undefined
  /** Garbage has to be kept for this long at least, in seconds: with a shorter grace, what it does is no fault of the ring. */
  readonly graceSeconds?: number
  /** Two of one kind are never made together: healing one would heal the other. */
  readonly kind?: string
  /** The node it must be done to, when it can not be any. */
  target?(cluster: Cluster): string | Promise<string>
  /** Do it; the answer takes it back. */
  strike(world: World, node: string): Promise<() => Promise<void>>
}
