import { Link } from 'wouter'
import { Notice, Unanswered } from '../design/notice.tsx'
import { useSessionAnswer } from '../shell/account-menu.tsx'
import { useTitle } from '../shell/shortcuts.ts'
import { AuditTab } from './audit-tab.tsx'
import { CloudTab } from './cloud-tab.tsx'
import { KeysTab } from './keys-tab.tsx'
import { LinksTab } from './links-tab.tsx'
import { ModelsTab } from './models-tab.tsx'
import { PeopleTab } from './people-tab.tsx'
import { SchemePicker } from './scheme-picker.tsx'
import { UnderstandingTab } from '../understanding/understanding-tab.tsx'
import { WebhooksTab } from './webhooks-tab.tsx'
import './settings.css'

const TABS = [
  { part: 'people', name: 'Accounts', role: 'admin', Tab: PeopleTab }, { part: 'keys', name: 'Keys', role: 'admin', Tab: KeysTab },
  { part: 'links', name: 'Shared links', role: 'editor', Tab: LinksTab }, { part: 'audit', name: 'Audit', role: 'admin', Tab: AuditTab },
  { part: 'cloud', name: 'Cloud', role: 'admin', Tab: CloudTab }, { part: 'webhooks', name: 'Webhooks', role: 'admin', Tab: WebhooksTab },
  { part: 'models', name: 'Models', role: 'admin', Tab: ModelsTab },
  { part: 'understanding', name: 'Understanding', role: 'admin', Tab: UnderstandingTab }
] as const
const RANK = { viewer: 0, editor: 1, admin: 2 } as const

/** On a phone the tabs are a strip to push: the one that is open stands in its middle. */
const inSight = (tab: HTMLAnchorElement | null): void => tab?.scrollIntoView({ block: 'nearest', inline: 'center' })

/** Who may what: accounts, keys for programs, what is shared, what people did; what leaves the ring: buckets, webhooks; and what is understood, by which models. Everybody: the colours of this browser. */
export function SettingsPage({ part }: { readonly part?: string | undefined }) {
  useTitle('Settings')
  const { data: session, error, refresh } = useSessionAnswer()
  const head = <div className="page-head"><h1>Settings</h1><SchemePicker /></div>
  if (session === undefined) return <div className="page">{head}<Unanswered title="It is not known what you may set" error={error} retry={refresh} /></div>
  const tabs = TABS.filter(({ role }) => RANK[session.role] >= RANK[role])
  const shown = tabs.find((tab) => tab.part === part) ?? tabs[0]
  return (
    <div className="page">
      {head}
      {shown === undefined ? <Notice icon="people" title={`You are ${session.name}`}>You may look at what you were given. Your password and your sessions are behind the button with your account.</Notice> : (
        <>
          <nav className="tabs" aria-label="Settings">{tabs.map((tab) => <Link key={tab.part} ref={tab === shown ? inSight : undefined} className="button" href={`/settings/${tab.part}`} aria-current={tab === shown ? 'page' : undefined}>{tab.name}</Link>)}</nav>
          <shown.Tab />
        </>
      )}
    </div>
  )
}
