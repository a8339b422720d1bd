import { useState } from 'react'

/** A form's one request: whether it runs, and why it failed. */
export function useAct(onDone: () => void): { readonly busy: boolean; readonly why: string; readonly act: (work: () => Promise<unknown>) => Promise<void> } {
  const [busy, setBusy] = useState(false)
  const [why, setWhy] = useState('')
  return {
    busy, why,
    async act(work) {
      setBusy(true)
      setWhy('')
      try {
        await work()
        onDone()
      } catch (error) {
        setWhy(error instanceof Error ? error.message : String(error))
      }
      setBusy(false)
    }
  }
}
