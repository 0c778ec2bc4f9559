import { Counter, Gauge, type Registry } from 'prom-client';
import { METRIC_NAMES, type MetricName, METRICS, type MetricType } from './catalogue.ts';
import type { Sample } from './to-samples.ts';

/** The page that Prometheus reads. */
export interface Exposition {
  readonly contentType: string;
  /** A page with exactly these samples: what is not among them was never said. */
  write(samples: readonly Sample[]): Promise<string>;
}

/** Puts all metrics of the catalogue into a registry of the caller's. */
export function createExposition(registry: Registry): Exposition {
  const entry = (name: MetricName) => {
    const { type, help, ...rest }: { type: MetricType; help: string; labels?: readonly string[] } = METRICS[name];
    const settings = { name, help, labelNames: rest.labels ?? [], registers: [registry] };
    return type === 'counter' ? new Counter(settings) : new Gauge(settings);
  };
  const metrics = new Map(METRIC_NAMES.map((name) => [name, entry(name)]));

  return {
    contentType: registry.contentType,
    write(samples) {
      for (const [name, metric] of metrics) {
        // Resetting one without labels leaves a zero that nobody has counted.
        if ('labels' in METRICS[name]) metric.reset();
        else metric.remove();
      }
      for (const { name, value, labels = {} } of samples) metrics.get(name)?.inc(labels, value);
      return registry.metrics();
    },
  };
}
