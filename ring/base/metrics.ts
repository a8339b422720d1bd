export interface Counter {
  increment(by?: number): void
}

/** Names are `<area>_<noun>_<unit>[_total]`, with labels of a small fixed set behind them: `live_sender{kind="node"}`. */
export interface Metrics {
  counter(name: string, help: string): Counter
  /** `read` is called when the page is scraped, never otherwise. */
  gauge(name: string, help: string, read: () => number): void
}

export interface MetricsRegistry extends Metrics {
  /** Prometheus text exposition format 0.0.4. */
  render(): string
}

export function createMetrics(): MetricsRegistry {
  const series = new Map<string, { help: string; type: 'counter' | 'gauge'; read: () => number }>()
  return {
    counter(name, help) {
      let value = 0
      series.set(`thatdam_${name}`, { help, type: 'counter', read: () => value })
      return { increment: (by = 1) => { value += by } }
    },
    gauge(name, help, read) {
      series.set(`thatdam_${name}`, { help, type: 'gauge', read })
    },
    render() {
      const families = new Map<string, string>()
      for (const [name, { help, type, read }] of series) {
        const family = name.replace(/\{.*$/, '')
        families.set(family, `${families.get(family) ?? `# HELP ${family} ${help}\n# TYPE ${family} ${type}\n`}${name} ${read()}\n`)
      }
      return [...families.values()].join('')
    }
  }
}
