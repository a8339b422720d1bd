/** What sets an option by its name, as FFmpeg writes it; answers less than 0 when it does not take it. */
interface TakesOptions { setOption(name: string, value: string): number }

/**
 * Options of a codec for `configure` of an encoder: set on its context before it opens. As `options` they would be a dictionary, which opening takes over and the
 * collector frees once more (node-av 6.1): some garbage later the process is gone.
 */
export const codecOptions = (options: Readonly<Record<string, string | number | boolean>>) => (context: TakesOptions): void => {
  for (const [name, value] of Object.entries(options)) if (context.setOption(name, String(value)) < 0) throw new Error(`the encoder takes no ${name}=${value}`)
}
