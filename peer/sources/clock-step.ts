/** A stream whose time steps by more than this had its clock set, in seconds: nothing is silent for so long and goes on, and no picture is told so late. @default 10 */
export const CLOCK_SET_SECONDS = 10

/** Told every time of one live stream. Answers by how many seconds its clock was set in between: 0 when it was not. */
export type ClockStep = (seconds: number) => number

/** Cameras begin in another century and are told the time: what lies between is no time that passed. */
export function clockStep(): ClockStep {
  let last: number | undefined
  return (seconds) => {
    const step = seconds - (last ?? seconds)
    last = seconds
    return Math.abs(step) > CLOCK_SET_SECONDS ? step : 0
  }
}
