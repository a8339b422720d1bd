import type { ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

interface NoticeProps {
  /** It is all there is on the page: its title is the page's. */
  readonly isWhole?: boolean
  readonly icon: IconName
  readonly title: string
  readonly children: ReactNode
  readonly actions?: ReactNode
}

/** What a page shows when it has nothing to show: why, and how to mend or fill it. */
export function Notice({ isWhole = false, icon, title, children, actions }: NoticeProps) {
  const Title = isWhole ? 'h1' : 'h2'
  return (
    <div className="notice">
      <Icon name={icon} />
      <Title>{title}</Title>
      <p>{children}</p>
      {actions === undefined ? null : <div className="actions">{actions}</div>}
    </div>
  )
}

/** A request that failed: the node's own words, and a button that tries again. */
export function Failure({ isWhole = false, title, error, retry }: { readonly isWhole?: boolean; readonly title: string; readonly error: Error; readonly retry: () => void }) {
  return (
    <div role="alert">
      <Notice isWhole={isWhole} icon="alert" title={title} actions={<button type="button" className="button" onClick={retry}>Try again</button>}>{error.message}</Notice>
    </div>
  )
}

/** Stands where a list will be: its first answer is on the way, or did not come. */
export function Unanswered({ title, error, retry }: { readonly title: string; readonly error: Error | undefined; readonly retry: () => void }) {
  return error === undefined ? <div className="skeleton list-skeleton" aria-busy="true" /> : <Failure title={title} error={error} retry={retry} />
}
