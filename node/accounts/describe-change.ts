/** What is done to accounts, keys and links, in a few words for the audit log. No secrets. */
import type { UserEdit, UserView } from '#protocols/http.ts'
import { countOf } from '../organise/describe-edit.ts'
import type { ApiKey } from './api-keys.ts'
import type { ShareLink } from './share-links.ts'

/** Only what is another than before. */
export function describeUser(edit: UserEdit, before: Partial<UserView> = {}): string {
  const { name, role, disabled = false, limited = false, albums = [] } = { ...before, ...edit }
  const instead = (of: string | undefined): string => of === undefined ? '' : ` instead of ${of}`
  return [
    ...name === before.name ? [] : [`named ${name}${instead(before.name)}`],
    ...role === before.role ? [] : [`role ${role}${instead(before.role)}`],
    ...disabled === (before.disabled ?? false) ? [] : [disabled ? 'disabled' : 'enabled'],
    ...limited === (before.limited ?? false) ? [] : [limited ? 'limited to albums' : 'not limited to albums'],
    ...rightsOf(albums) === rightsOf(before.albums ?? []) ? [] : [rightsOf(albums) || 'no albums'],
    ...edit.password === undefined ? [] : ['a new password']
  ].join(', ')
}

const rightsOf = (albums: NonNullable<UserEdit['albums']>): string => albums.map(({ album, may }) => `${may}s album ${album}`).sort().join(', ')

export const describeKey = ({ name, scopes, expiresMs }: ApiKey): string => `${name}: ${scopes.join(' ')}${untilWords(expiresMs)}`

export function describeLink({ album, assets, download, hasPassword, expiresMs }: ShareLink): string {
  const what = album === '' ? countOf(assets) : `album ${album}`
  return [what, ...download ? ['with originals'] : [], ...hasPassword ? ['with a password'] : []].join(', ') + untilWords(expiresMs)
}

const untilWords = (ms: number): string => ms === 0 ? '' : `, until ${new Date(ms).toISOString().slice(0, 16)}Z`
