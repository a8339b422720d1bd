/** A share from 0 to 1 with four digits, so that a blob of thousands of them stays small and the same everywhere. */
export const rounded = (share: number): number => Math.min(1, Math.max(0, Math.round(share * 1e4) / 1e4))
