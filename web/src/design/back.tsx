import { Link } from 'wouter'
import { Icon } from './icon.tsx'

/** The way up to the page that a page belongs to; stands before its title. */
export function Back({ href, to }: { readonly href: string; readonly to: string }) {
  return <Link className="button quiet icon up" href={href} aria-label={to} title={to}><Icon name="left" /></Link>
}
