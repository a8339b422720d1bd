import { FILE_TARGETS } from './file-targets.ts'
import { NETWORK_TARGETS } from './network-targets.ts'

/** Every decoder that reads what it can not trust. */
export const TARGETS = [...NETWORK_TARGETS, ...FILE_TARGETS]
