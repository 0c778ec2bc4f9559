import { m } from '#lib/generated/messages/messages.js';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { fullName } from '../zones/zone-names.ts';
import type { Beside, Clashes } from './delay-plan.ts';
import type { ZoneDelayRow } from './zone-delays.ts';

/** "1 phút 10 giây": about how long something takes. */
export function spanText(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  if (seconds < 60) return m.delays_span_seconds({ seconds });
  const rest = seconds % 60;
  const minutes = Math.floor(seconds / 60);
  return rest === 0 ? m.delays_span_minutes({ minutes }) : m.delays_span({ minutes, seconds: rest });
}

/** Where the delay of a zone comes from. */
export function originText({ origin, usualMs, group }: ZoneDelayRow, tree: ZoneTree): string {
  if (origin === 'above') return m.delays_from_above({ ms: usualMs, zone: fullName(tree, group.zoneId) });
  return m[`delays_from_${origin}`]({ ms: usualMs });
}

const SHOWN = 5;

function listText(tree: ZoneTree, found: readonly Beside[]): string {
  const names = found.map(({ zone, delayMs }) => m.delays_beside({ zone: fullName(tree, zone.id), ms: delayMs }));
  const first = names.slice(0, SHOWN).join(', ');
  return names.length > SHOWN ? `${first} ${m.zones_more({ count: names.length - SHOWN })}` : first;
}

/** PO73: one sentence for each kind of echo that a delay would make. */
export function clashTexts({ sameWard, neighbours, broadcasts }: Clashes, tree: ZoneTree): string[] {
  return [
    ...(sameWard.length > 0 ? [m.delays_clash_ward({ zones: listText(tree, sameWard) })] : []),
    ...(neighbours.length > 0 ? [m.delays_clash_border({ zones: listText(tree, neighbours) })] : []),
    ...broadcasts.map(({ title, leastMs, mostMs }) =>
      m.delays_clash_broadcast({ title, least: leastMs, most: mostMs }),
    ),
  ];
}
