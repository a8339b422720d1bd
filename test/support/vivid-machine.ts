/** A virtual machine with the kernel's virtual webcam (`vivid`) for tests of V4L2, and a peer in it. */
import { join } from 'node:path'
import { until } from './until.ts'
import { type GuestProgram, VirtualMachine, whyNoVirtualMachine } from './virtual-machine.ts'

/** The virtual machine's processor is emulated: what takes a second elsewhere takes twenty there, in ms. */
export const SLOW_MS = 240_000
/** A machine that boots slower than this has no time to spare for an emulated one, in ms: four times what a quiet one needs. */
const MAX_BOOT_MS = 25_000
export const COMMAND = join(import.meta.dirname, '../../node/bin/thatdam.js')
export const DRIVER = '/sys/bus/platform/drivers/vivid'
/** One capture device with one input, a webcam. */
export const WEBCAM = 'n_devs=1 node_types=0x1 num_inputs=1 input_types=0'

/** Powered on; undefined when nothing can be tested in one, which is said. */
export async function bootVivid(whyNot: string | undefined = whyNoVirtualMachine()): Promise<VirtualMachine | undefined> {
  const skipped = (why: string): undefined => { process.stdout.write(`skipped: ${why}\n`) }
  if (whyNot !== undefined) return skipped(whyNot)
  const machine = await VirtualMachine.boot({ drivers: ['vivid'] })
  process.stdout.write(`the virtual machine was up after ${machine.bootMs} ms\n`)
  if (machine.bootMs <= MAX_BOOT_MS) return machine
  await machine.stop()
  return skipped(`this machine is too busy for a virtual one (up after ${machine.bootMs} ms)`)
}

/** As `until`, and over as soon as the peer is. @throws Error with the peer's last words */
export async function peerUntil<T>(peer: GuestProgram, condition: () => T | Promise<T>, what: string): Promise<NonNullable<T>> {
  const outcome = await until(async () => {
    const ended = peer.ended()
    const value = ended === undefined ? await condition() : undefined
    return ended ?? (value ? { value } : undefined)
  }, what, SLOW_MS)
  if (typeof outcome === 'string') throw new Error(`${what}: the peer ${outcome}`)
  return outcome.value as NonNullable<T>
}
