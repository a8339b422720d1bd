import { useSyncExternalStore } from 'react'
import { selection } from '../organise/selection.ts'

/** Ids of the clips that are selected now. */
export const useSelected = (): ReadonlySet<string> => useSyncExternalStore(selection.subscribe, selection.get)
