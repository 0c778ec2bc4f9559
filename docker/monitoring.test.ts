import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { METRIC_NAMES, METRICS } from '../sfu/src/door/monitoring/catalogue.ts';
import { readText, readYaml } from './test/compose-file.ts';

/** What dashboards, alerts and documents name is what the door exports. */

const namesIn = (text: string) => [...new Set(text.match(/\bloa_[a-z0-9_]+/g) ?? [])];
const KNOWN: readonly string[] = METRIC_NAMES;

/** Prometheus reads these as a counter, which only makes sense as a rate. */
const isCounter = (name: string) => METRICS[name as keyof typeof METRICS].type === 'counter';

const dashboardSchema = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.number().int(),
  templating: z.object({ list: z.array(z.looseObject({ name: z.string() })) }),
  panels: z.array(
    z.looseObject({
      id: z.number().int(),
      type: z.enum(['row', 'stat', 'timeseries', 'table']),
      title: z.string().min(1),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(z.looseObject({ refId: z.string(), expr: z.string() })).optional(),
    }),
  ),
});

describe('the dashboard', () => {
  const dashboard = dashboardSchema.parse(JSON.parse(readText('docker', 'grafana', 'loa.json')));
  const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it('shows every metric that there is, and none that there is not', () => {
    expect(namesIn(expressions.join('\n')).sort()).toEqual([...KNOWN].sort());
  });

  it('asks of counters how fast they grow', () => {
    for (const expression of expressions)
      for (const name of namesIn(expression).filter(isCounter))
        expect(expression).toMatch(new RegExp(`(rate|increase)\\(${name}\\{`));
  });

  it('its panels have ids and places of their own', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = new Set<string>();
    for (const { gridPos, title } of dashboard.panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(x, title).toBeLessThan(24);
          expect(cells.has(`${x} ${y}`), title).toBe(false);
          cells.add(`${x} ${y}`);
        }
  });

  it('variables that its panels use are defined', () => {
    const defined = dashboard.templating.list.map(({ name }) => name);
    const used = readText('docker', 'grafana', 'loa.json').matchAll(/\$\{?([a-z]+)\}?/g);
    for (const [, name] of used) expect(defined).toContain(name);
  });
});

describe('the alerts', () => {
  const rules = z
    .object({
      groups: z.array(
        z.object({
          name: z.string(),
          rules: z.array(
            z.strictObject({
              alert: z.string().regex(/^Loa[A-Za-z]+$/),
              expr: z.string(),
              for: z
                .string()
                .regex(/^\d+[sm]$/)
                .optional(),
              labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
              annotations: z.strictObject({ summary_vi: z.string().min(20), summary_en: z.string().min(20) }),
            }),
          ),
        }),
      ),
    })
    .parse(readYaml('docker', 'prometheus', 'alerts.yaml'))
    .groups.flatMap((group) => group.rules);

  it('are about metrics that there are', () => {
    for (const { expr, alert } of rules) for (const name of namesIn(expr)) expect(KNOWN, alert).toContain(name);
  });

  it('ask of counters how fast they grow', () => {
    for (const { expr } of rules)
      for (const name of namesIn(expr).filter(isCounter))
        expect(expr).toMatch(new RegExp(`(rate|increase)\\(${name}\\[`));
  });

  it('are told in Vietnamese and in English, each once', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { annotations } of rules) {
      expect(annotations.summary_vi).toMatch(/[àáảãạăâđèéẻẽẹêìíỉĩịòóỏõọôơùúủũụưỳýỷỹỵ]/);
      expect(annotations.summary_en).toMatch(/^[\x20-\x7e{}]+$/);
    }
  });
});

it('docs/METRICS.md has every metric with its type', () => {
  const rows = [...readText('docs', 'METRICS.md').matchAll(/^\| `(loa_\w+)[^`]*`\s*\| (\w+)\s*\| (.*?)\s*\|$/gm)];
  const documented = rows.map(([, name, type, help]) => [name, type, help]);
  expect(documented).toEqual(METRIC_NAMES.map((name) => [name, METRICS[name].type, METRICS[name].help]));
});

it('docs/METRICS.md names every bound of what waits with its value', () => {
  const text = readText('docs', 'METRICS.md');
  const rows = [...text.matchAll(/^\| .*? \| `(\w+)`\s*\| `([\w./-]+)`\s*\| ([\d *]+?)\s*\|$/gm)];
  expect(rows.length).toBeGreaterThan(15);
  for (const [, name = '', path = '', value] of rows) {
    const found = new RegExp(`const ${name} = ([\\d_ *]+);`).exec(readText(...path.split('/')))?.[1];
    expect(found?.replaceAll('_', ''), `${name} in ${path}`).toBe(value);
  }
});
