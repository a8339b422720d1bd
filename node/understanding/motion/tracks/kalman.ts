/** Place and speed of one coordinate, each as sure as it is (Kalman, constant speed). Time is in seconds. */
export interface Estimate {
  readonly place: number
  readonly speed: number
  /** Variances of place and speed, and what they have in common. */
  readonly placeVariance: number
  readonly speedVariance: number
  readonly both: number
}

/** Nothing is known of the speed but that it is hardly more than `likelySpeed`. */
export const firstEstimate = (place: number, noise: number, likelySpeed: number): Estimate => ({ place, speed: 0, placeVariance: noise ** 2, speedVariance: likelySpeed ** 2, both: 0 })

/** Where it will be; `push` is by how much the speed changes within a second, about. */
export function predict({ place, speed, placeVariance, speedVariance, both }: Estimate, seconds: number, push: number): Estimate {
  const force = push ** 2
  return {
    place: place + speed * seconds,
    speed,
    placeVariance: placeVariance + 2 * seconds * both + seconds ** 2 * speedVariance + (force * seconds ** 3) / 3,
    both: both + seconds * speedVariance + (force * seconds ** 2) / 2,
    speedVariance: speedVariance + force * seconds
  }
}

/** What is known after it was measured, with a noise of about so much. */
export function correct({ place, speed, placeVariance, speedVariance, both }: Estimate, measured: number, noise: number): Estimate {
  const gain = placeVariance / (placeVariance + noise ** 2)
  const speedGain = both / (placeVariance + noise ** 2)
  const off = measured - place
  return { place: place + gain * off, speed: speed + speedGain * off, placeVariance: (1 - gain) * placeVariance, both: (1 - gain) * both, speedVariance: speedVariance - speedGain * both }
}
