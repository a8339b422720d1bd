/** How so many pictures stand beside each other: one fills the page, two or four stand in pairs, others in threes. */
export function layoutOf(count: number): string {
  if (count === 1) return 'of-one'
  const columns = count === 2 || count === 4 ? 2 : 3
  return `${columns === 2 ? 'of-four' : 'of-nine'} rows-${Math.ceil(count / columns)}`
}
