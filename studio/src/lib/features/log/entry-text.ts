import { m } from '#lib/generated/messages/messages.js';
import { clockTime } from '#lib/ui/format.ts';
import { eventSchema } from '@loa/shared/broadcasts/events';
import type { ZoneId } from '@loa/shared/ids';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { z } from 'zod';
import { refusalCodeSchema } from '@loa/shared/broadcasts/refusal';
import { refusalText } from '../broadcasts/refusal.ts';
import { zoneSummary } from '../zones/zone-names.ts';
import type { LogEntry } from './log-answers.ts';

/** How an entry reads: what happened, and the rest. */
export interface EntryText {
  readonly headline: string;
  readonly title: string;
  readonly detail: string;
}

const MAX_NAMES = 4;
const refusalSchema = z.object({
  detail: z.object({ title: z.string().optional(), zones: z.array(z.string()).optional() }).optional(),
  by: z.object({ name: z.string() }).optional(),
});

export function entryText(entry: LogEntry, tree: ZoneTree | null, titleOf: (id: string) => string): EntryText {
  if (entry.kind === 'refusal') {
    const parsed = refusalSchema.safeParse(entry.data);
    const { detail, by } = parsed.success ? parsed.data : {};
    return {
      headline: m.event_refusal({ code: reasonOf(entry.type) }),
      title: entry.title ?? detail?.title ?? '',
      detail: [names(tree, detail?.zones ?? []), by?.name ?? ''].filter(Boolean).join(' · '),
    };
  }
  const parsed = eventSchema.safeParse(entry.data);
  const title = entry.title ?? '';
  if (!parsed.success) return { headline: entry.type, title, detail: '' };
  const event = parsed.data;
  const headline = m[`event_${event.type}`]();
  switch (event.type) {
    case 'broadcast-started':
      return {
        headline: event.phase === 'waiting' ? m['event_broadcast-started_waiting']() : headline,
        title: title || event.spec.title,
        detail: [m[`level_${event.spec.level}`](), names(tree, event.spec.zones), event.spec.by.name].join(' · '),
      };
    case 'broadcast-interrupted':
      return { headline, title, detail: [names(tree, event.zones), `← ${titleOf(event.by)}`].join(' ') };
    case 'broadcast-resumed':
    case 'broadcast-rezoned':
      return { headline, title, detail: names(tree, event.zones) };
    case 'broadcast-paused':
    case 'broadcast-unpaused':
      return { headline, title, detail: event.by.name };
    case 'broadcast-extended':
      return {
        headline,
        title,
        detail: [m.event_until({ time: clockTime(event.expiresAt) }), event.by.name].join(' · '),
      };
    case 'source-lost':
      return { headline, title, detail: m.event_until({ time: clockTime(event.keepUntil) }) };
    case 'broadcast-ended':
      return {
        headline,
        title,
        detail: [m[`reason_${event.reason}`](), event.by?.name ?? ''].filter(Boolean).join(' · '),
      };
    case 'source-found':
    case 'broadcast-admitted':
      return { headline, title, detail: '' };
  }
}

function names(tree: ZoneTree | null, zones: readonly string[]): string {
  return zoneSummary(tree, zones as readonly ZoneId[], MAX_NAMES);
}

/** A refusal that is not the decision core's (a bad request, say) shows its code. */
function reasonOf(code: string): string {
  return refusalCodeSchema.safeParse(code).success ? refusalText({ code }) : code;
}
