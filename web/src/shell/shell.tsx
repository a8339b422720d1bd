import { type ReactNode, useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { Icon, type IconName } from '../design/icon.tsx'
import { Toasts } from '../design/toast.tsx'
import { AlarmBanner } from './alarm-banner.tsx'
import { AccountMenu } from './account-menu.tsx'
import { AwayBanner, NodeBadge } from './connection-state.tsx'
import { HelpDialog } from './help-dialog.tsx'
import { selection } from '../organise/selection.ts'
import { useUndoKeys } from '../organise/undo.ts'
import { useShortcuts } from './shortcuts.ts'
import { useMay } from './use-may.ts'
import './shell.css'

/** The pages of the rail, and addresses that belong to one of them. */
const PLACES: readonly { readonly href: string; readonly name: string; readonly icon: IconName; readonly also?: readonly string[] }[] = [
  { href: '/', name: 'Live', icon: 'live', also: ['/camera'] },
  { href: '/library', name: 'Library', icon: 'library', also: ['/albums', '/folders', '/imports', '/takes', '/trash'] },
  { href: '/moments', name: 'Find', icon: 'search' },
  { href: '/recordings', name: 'Recordings', icon: 'recordings' },
  { href: '/jobs', name: 'Jobs', icon: 'statistics', also: ['/workflows'] },
  { href: '/rolls', name: 'Cards', icon: 'card' },
  { href: '/ring', name: 'Ring', icon: 'ring' },
  { href: '/settings', name: 'Settings', icon: 'settings' }
]

/** What whoever is limited to albums has. */
const OF_LIMITED = ['/library', '/albums', '/moments', '/settings']

const isWithin = (location: string, href: string): boolean => href === '/' ? location === '/' : location === href || location.startsWith(`${href}/`)

const focusSearch = (): void => document.querySelector<HTMLInputElement>('input[type=search]')?.focus()

/** The frame around every page: rail or bottom bar, which node this is, banners, toasts, and the keys that work everywhere. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [location, navigate] = useLocation()
  const [help, setHelp] = useState(false)
  const { isLimited } = useMay()
  useEffect(() => { if (isLimited && !OF_LIMITED.some((href) => isWithin(location, href))) navigate('/library', { replace: true }) }, [isLimited, location, navigate])
  useEffect(() => selection.allow(!isLimited), [isLimited]) // nothing is done to many clips at once
  useEffect(() => { window.scrollTo(0, 0) }, [location])
  useUndoKeys()
  useShortcuts({
    '?': () => setHelp(true),
    '/': () => {
      if (location === '/library' || location === '/moments') return focusSearch() // at once: what is typed next is meant for it
      navigate('/library')
      requestAnimationFrame(focusSearch)
    }
  })
  return (
    <div className={`shell ${isLimited ? 'limited' : ''}`}>
      <a className="skip button" href="#main">Skip to the page</a>
      <nav className="rail" aria-label="Pages">
        <Link href="/" className="brand" aria-label="ThatDAM, live cameras"><img src="/favicon.svg" alt="" width="28" height="28" /><span>ThatDAM</span></Link>
        <ul>
          {PLACES.filter(({ href }) => !isLimited || OF_LIMITED.includes(href)).map(({ href, name, icon, also = [] }) => (
            <li key={href}><Link href={href} className="place" aria-current={[href, ...also].some((each) => isWithin(location, each)) ? 'page' : undefined}><Icon name={icon} /><span>{name}</span></Link></li>
          ))}
        </ul>
        <div className="rail-foot">
          <NodeBadge />
          <AccountMenu />
          <button type="button" className="button quiet icon" aria-label="Keyboard help" title="Keyboard help (?)" onClick={() => setHelp(true)}><Icon name="help" /></button>
        </div>
      </nav>
      <main id="main" tabIndex={-1}>
        <AwayBanner />
        <AlarmBanner />
        {children}
      </main>
      <Toasts />
      {help ? <HelpDialog onClose={() => setHelp(false)} /> : null}
    </div>
  )
}
