export interface Counter {
  increment(by?: number): void
}

/** Names are `<area>_<noun>_<unit>[_total]`, with labels of a small fixed set behind them: `live_sender{kind="node"}`. */
export interface Metrics {
  counter(name: string, help: string): Counter
  /** `read` is called when the page is scraped, never otherwise. */
  gauge(name: string, help: string, read: () => number): void
  /** One value for each thing there is now, by the name of a label: `camera_recording{camera="porch"}`. @throws when `label` is none */
  gauges(name: string, help: string, label: string, read: () => Iterable<readonly [value: string, count: number]>): void
}

export interface MetricsRegistry extends Metrics {
  /** Prometheus text exposition format 0.0.4. */
  render(): string
}

export function createMetrics(): MetricsRegistry {
  const series = new Map<string, { help: string; type: 'counter' | 'gauge'; read: () => number }>()
  const labelled = new Map<string, { help: string; label: string; read: () => Iterable<readonly [string, number]> }>()
  return {
    counter(name, help) {
      let value = 0
      series.set(`thatdam_${name}`, { help, type: 'counter', read: () => value })
      return { increment: (by = 1) => { value += by } }
    },
    gauge(name, help, read) {
      series.set(`thatdam_${name}`, { help, type: 'gauge', read })
    },
    gauges(name, help, label, read) {
      labelled.set(`thatdam_${name}`, { help, label, read })
    },
    render() {
      const families = new Map<string, string>()
      for (const [name, { help, type, read }] of series) {
        const family = name.replace(/\{.*$/, '')
        families.set(family, `${families.get(family) ?? `# HELP ${family} ${help}\n# TYPE ${family} ${type}\n`}${name} ${read()}\n`)
      }
      for (const [family, { help, label, read }] of labelled) {
        const rows = [...read()].map(([value, count]) => `${family}{${label}="${escaped(value)}"} ${count}\n`)
        families.set(family, `# HELP ${family} ${help}\n# TYPE ${family} gauge\n${rows.join('')}`)
      }
      return [...families.values()].join('')
    }
  }
}

/** Text format 0.0.4: a label's value. */
const escaped = (value: string): string => value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))
