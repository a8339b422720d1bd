/** Holds a data folder until it is killed or its parent is gone. */
import { openDataFolder } from '../../../ring/identity/data-folder.ts'

await openDataFolder(process.argv[2] as string)
process.on('disconnect', () => process.exit())
process.send?.('held')
