/** A text someone may be typing while another browser changes the same text. */
export interface Draft {
  /** What the field shows. */
  readonly text: string
  /** What the field was based on: the stored text when typing began, or when it was last saved. */
  readonly base: string
  /** What is stored now, as far as the page knows. */
  readonly stored: string
  readonly state: 'saved' | 'typing' | 'saving' | 'failed'
  readonly reason: string
}

/** A draft of a stored text nobody has touched. */
export function draftOf(stored: string): Draft {
  return { text: stored, base: stored, stored, state: 'saved', reason: '' }
}

/** True while the field holds something that is not stored. */
export function isDirty({ state }: Draft): boolean {
  return state !== 'saved'
}

/** True when somebody else changed the text since typing began: saving would replace their words. */
export function isContested(draft: Draft): boolean {
  return draft.state === 'typing' && draft.stored !== draft.base && draft.stored !== draft.text
}

/** Someone typed here. */
export function type(draft: Draft, text: string): Draft {
  return { ...draft, text, state: text === draft.stored ? 'saved' : 'typing', reason: '' }
}

/** The stored text changed: an untouched field follows, a touched one keeps what is being typed. */
export function receive(draft: Draft, stored: string): Draft {
  if (!isDirty(draft)) return draftOf(stored)
  if (stored === draft.text && draft.state !== 'saving') return draftOf(stored)
  return { ...draft, stored }
}

/** The node has stored `text`; what was typed meanwhile is still to be saved. */
export function saved(draft: Draft, text: string): Draft {
  return { text: draft.text, base: text, stored: text, state: draft.text === text ? 'saved' : 'typing', reason: '' }
}

/** The text is on its way to the node: from here on it is what later changes are compared with. */
export function saving(draft: Draft): Draft {
  return { ...draft, base: draft.text, state: 'saving', reason: '' }
}

/** The node did not store it; the text stays in the field, still based on what it was based on before. */
export function failed(draft: Draft, reason: string, base: string): Draft {
  return { ...draft, base, state: 'failed', reason }
}
