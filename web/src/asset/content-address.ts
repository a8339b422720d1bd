import { API } from '../api/client.ts'

/** Address of a clip's original bytes. */
export const contentOf = (id: string): string => `${API}/assets/${encodeURIComponent(id)}/content`
