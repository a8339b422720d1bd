/** The fields of a kept value, or none. */
export function fieldsOf(kept: unknown): Readonly<Record<string, unknown>> {
  return typeof kept === 'object' && kept !== null && !Array.isArray(kept) ? kept as Record<string, unknown> : {}
}

/** The value when it is one of the choices, else the fallback. */
export function oneOf<const T>(choices: readonly T[], value: unknown, fallback: T): T {
  return choices.includes(value as T) ? value as T : fallback
}
