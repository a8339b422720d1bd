/** What a camera's messages cost both ends of a link between members, in processor time: as the library has it, and as our hosts set it up. */
import { randomBytes } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import type { Libp2p } from 'libp2p'
import { bareHost, KEPT_KEYS, LIBRARY, OURS } from '../support/bare-host.ts'
import { until } from '../support/until.ts'
import { type Case, inTurns, type Row } from './measure.ts'

const PROTOCOL = '/bench/link/1.0.0'
const MESSAGES = 5_000
const ROUNDS = 7
/** A packet of sound, a small picture, a picture of 720p30 at 4 Mbit/s, a message as long as they get. */
const SIZES = [160, 1_200, 16_000, 180_000]
const PLAIN = 'noise and yamux as they come'
const SETUPS = [[PLAIN, LIBRARY], ['kept keys', KEPT_KEYS], ['kept keys, windows by halves', OURS]] as const

export async function run(): Promise<Row[]> {
  const rows: Row[] = []
  for (const size of SIZES) rows.push(...await measure(size))
  return rows
}

async function measure(size: number): Promise<Row[]> {
  const hosts: Libp2p[] = []
  const cases: Case[] = []
  const nameOf = (name: string): string => `${size} bytes, ${name}`
  try {
    for (const [name, setup] of SETUPS) {
      const [here, there] = [await bareHost(setup), await bareHost(setup)]
      hosts.push(here, there)
      const send = await sender(here, there, size)
      cases.push({ name: nameOf(name), unit: 'µs', sample: send, ...(name !== PLAIN && { baseline: nameOf(PLAIN) }), note: 'processor time a message, both ends' })
    }
    return await inTurns(cases, ROUNDS)
  } finally {
    await Promise.all(hosts.map((each) => each.stop()))
  }
}

/** Sends messages one a turn, as cameras do, and answers the time that each took of the processor. */
async function sender(from: Libp2p, to: Libp2p, size: number): Promise<() => Promise<number>> {
  let received = 0
  await to.handle(PROTOCOL, (stream) => { stream.addEventListener('message', ({ data }) => { received += data.byteLength }) })
  const stream = await from.dialProtocol(to.getMultiaddrs(), PROTOCOL)
  const message = randomBytes(size)
  const messages = Math.min(MESSAGES, Math.ceil(50_000_000 / size))
  return async () => {
    received = 0
    const before = process.cpuUsage()
    for (let i = 0; i < messages; i++) {
      if (!stream.send(message)) await new Promise((resolve) => stream.addEventListener('drain', resolve, { once: true }))
      await turn()
    }
    await until(() => received >= messages * size, 'all has arrived')
    const { user, system } = process.cpuUsage(before)
    return (user + system) / messages
  }
}
