import { lookup as lookupName } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { NotAuthorizedError } from '#protocols/errors.ts'

/** Addresses that are nobody's on the internet: this machine, its network, its cloud's metadata, and what is reserved (RFC 6890 and its updates). */
const PRIVATE = new BlockList()
for (const [net, bits] of [['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4]] as const) PRIVATE.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [['::', 128], ['::1', 128], ['64:ff9b::', 96], ['100::', 64], ['2001:db8::', 32], ['2002::', 16], ['fc00::', 7], ['fe80::', 10], ['ff00::', 8]] as const) PRIVATE.addSubnet(net, bits, 'ipv6')

export function isPrivateAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return PRIVATE.check(mapped, 'ipv4')
  const hex = /^::ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}$/i.test(address)
  return hex || PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

const refusal = (host: string): NotAuthorizedError => new NotAuthorizedError(`${host} is of this machine or its network: allow private addresses for this webhook if that is meant`)

/** @throws NotAuthorizedError when the host is written as a private address */
export function checkHost(host: string): void {
  const bare = host.replace(/^\[|\]$/g, '')
  if (isIP(bare) !== 0 && isPrivateAddress(bare)) throw refusal(bare)
}

/** Looks names up for a request, and refuses private ones: what is checked here is what is connected to, so no second answer can slip in between. */
export const lookupPublic: LookupFunction = (host, options, done) => {
  lookupName(host, { ...options, all: true }, (err, addresses) => {
    if (err !== null) return done(err, '', 0)
    const [first] = addresses
    if (first === undefined || addresses.some(({ address }) => isPrivateAddress(address))) return done(refusal(host), '', 0)
    if ((options as { all?: boolean }).all === true) return done(null, addresses as never)
    done(null, first.address, first.family)
  })
}
