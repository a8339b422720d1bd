import { useState } from 'react'
import { Icon } from './icon.tsx'

/** How long the button says that it copied, ms. @default 2000 */
const COPIED_MS = 2000

/** A command to run in a terminal, with a button that copies it; without clipboard rights it selects the text instead. */
export function Command({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async (pre: Element | null): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
      setTimeout(() => setCopied(false), COPIED_MS)
    } catch {
      if (pre !== null) getSelection()?.selectAllChildren(pre)
    }
  }
  return (
    <div className="command">
      <pre tabIndex={0}>{text}</pre>
      <button type="button" className="button" onClick={(event) => void copy(event.currentTarget.previousElementSibling)}>
        <Icon name={copied ? 'check' : 'copy'} />{copied ? 'Copied' : 'Copy'}
      </button>
    </div>
  )
}
