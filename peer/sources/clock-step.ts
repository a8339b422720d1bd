/** A stream whose time steps on by more than this had its clock set, in seconds: nothing is silent for so long and goes on. @default 10 */
export const CLOCK_SET_SECONDS = 10
/** One whose time steps back by more than this had it set, too, in seconds: reports move it by less, and no picture is shown so long before the one it came after. @default 1.5 */
export const CLOCK_BACK_SECONDS = 1.5

/** Told every time of one live stream. Answers by how many seconds its clock was set in between: 0 when it was not. */
export type ClockStep = (seconds: number) => number

/** Cameras begin in another century and are told the time: what lies between is no time that passed. */
export function clockStep(): ClockStep {
  let last: number | undefined
  return (seconds) => {
    const step = seconds - (last ?? seconds)
    last = seconds
    return step > CLOCK_SET_SECONDS || step < -CLOCK_BACK_SECONDS ? step : 0
  }
}
