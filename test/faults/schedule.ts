/** What is done to whom, when: all of it follows from the seed. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Nemesis, World } from './nemeses/index.ts'
import type { Random } from './random.ts'

export interface Strike {
  readonly nemesis: Nemesis
  readonly node: string
}

/** Strikes that happen together, how long they last, and the rest after them, in ms. */
export interface Round {
  readonly strikes: readonly Strike[]
  readonly holdMs: number
  readonly restMs: number
}

export interface Pace {
  /** How long a fault lasts, in ms: at least and at most. */
  readonly holdMs: readonly [number, number]
  readonly restMs: readonly [number, number]
}

/** Endless: each nemesis once in random order, then again, and from the second time on sometimes two at once on different nodes. */
export async function* schedule(nemeses: readonly Nemesis[], world: Pick<World, 'cluster'>, random: Random, pace: Pace): AsyncGenerator<Round, never> {
  for (let turn = 0; ; turn++) {
    const waiting = random.shuffled(nemeses)
    for (let first = waiting.shift(); first !== undefined; first = waiting.shift()) {
      const strikes = [{ nemesis: first, node: await targetOf(first) }]
      const second = waiting.find((nemesis) => !nemesis.destroys && nemesis.target === undefined)
      if (turn > 0 && !first.destroys && first.target === undefined && second !== undefined && random.chance(0.4)) {
        const node = await targetOf(second)
        if (node !== strikes[0]?.node && !ofOneKind(first, second)) {
          strikes.push({ nemesis: second, node })
          waiting.splice(waiting.indexOf(second), 1)
        }
      }
      yield { strikes, holdMs: random.between(...pace.holdMs), restMs: random.between(...pace.restMs) }
    }
  }

  async function targetOf(nemesis: Nemesis): Promise<string> {
    return await nemesis.target?.(world.cluster) ?? random.pick(world.cluster.names)
  }
}

const ofOneKind = (a: Nemesis, b: Nemesis): boolean => a.kind !== undefined && a.kind === b.kind

/** Carry out one round, and take it back whatever happens. */
export async function strike({ strikes, holdMs, restMs }: Round, world: World, signal: AbortSignal): Promise<void> {
  const heals: Array<() => Promise<void>> = []
  try {
    for (const { nemesis, node } of strikes) heals.push(await nemesis.strike(world, node))
    await sleep(holdMs, undefined, { signal }).catch(() => {})
  } finally {
    for (const heal of heals.reverse()) await heal()
  }
  await sleep(restMs, undefined, { signal }).catch(() => {})
}
