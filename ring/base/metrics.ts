export interface Counter {
  increment(by?: number): void
}

/** Labels must come from a small fixed set; names are `<area>_<noun>_<unit>[_total]`. */
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
      return [...series].map(([name, { help, type, read }]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${read()}\n`).join('')
    }
  }
}
