import { m } from '#lib/generated/messages/messages.js';
import { clockTime } from '#lib/ui/format.ts';
import { eventSchema } from '@loa/shared/broadcasts/events';
import type { ZoneId } from '@loa/shared/ids';
import { MINUTE_MS } from '@loa/shared/log/refusal-tally';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { z } from 'zod';
import { problemSchema } from '@loa/shared/protocol/errors';
import { problemText } from '../broadcasts/problem-text.ts';
import { refusalText } from '../broadcasts/refusal.ts';
import { speakerName } from '../broadcasts/speaker-name.ts';
import { zoneSummary, type ZonePaths } from '../zones/zone-names.ts';
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
  by: z.object({ name: z.string() }).nullish(),
});

export function entryText(entry: LogEntry, tree: ZoneTree | null, titleOf: (id: string) => string): EntryText {
  if (entry.kind === 'refusal') {
    const parsed = refusalSchema.safeParse(entry.data);
    const { detail, by } = parsed.success ? parsed.data : {};
    return {
      headline: m.event_refusal({ code: reasonOf(entry.type) }),
      title: entry.title ?? detail?.title ?? '',
      detail: [countedText(entry), zonesIn(tree, detail?.zones ?? [], entry.zonePaths), by ? speakerName(by) : '']
        .filter(Boolean)
        .join(' · '),
    };
  }
  const parsed = eventSchema.safeParse(entry.data);
  const title = entry.title ?? '';
  if (!parsed.success) return { headline: m.event_other(), title, detail: '' };
  const event = parsed.data;
  const names = (zones: readonly string[]) => zonesIn(tree, zones, entry.zonePaths);
  const headline = m[`event_${event.type}`]();
  switch (event.type) {
    case 'broadcast-started':
      return {
        headline: event.phase === 'waiting' ? m['event_broadcast-started_waiting']() : headline,
        title: title || event.spec.title,
        detail: [m[`level_${event.spec.level}`](), names(event.spec.zones), speakerName(event.spec.by)].join(' · '),
      };
    case 'broadcast-interrupted':
      return { headline, title, detail: [names(event.zones), `← ${titleOf(event.by)}`].join(' ') };
    case 'broadcast-resumed':
    case 'broadcast-rezoned':
      return { headline, title, detail: names(event.zones) };
    case 'broadcast-paused':
    case 'broadcast-unpaused':
      return { headline, title, detail: speakerName(event.by) };
    case 'broadcast-extended':
      return {
        headline,
        title,
        detail: [m.event_until({ time: clockTime(event.expiresAt) }), speakerName(event.by)].join(' · '),
      };
    case 'source-lost':
      return { headline, title, detail: m.event_until({ time: clockTime(event.keepUntil) }) };
    case 'broadcast-ended':
      return {
        headline,
        title,
        detail: [m[`reason_${event.reason}`](), event.by ? speakerName(event.by) : ''].filter(Boolean).join(' · '),
      };
    case 'source-found':
    case 'broadcast-admitted':
      return { headline, title, detail: '' };
  }
}

function zonesIn(tree: ZoneTree | null, zones: readonly string[], paths: ZonePaths): string {
  return zoneSummary(tree, zones as readonly ZoneId[], MAX_NAMES, paths);
}

/** That an entry stands for many; they are of one minute, or of longer when the database was away. */
function countedText({ counted, at }: LogEntry): string {
  if (!counted) return '';
  const { count, firstAt } = counted;
  if (Math.floor(firstAt / MINUTE_MS) === Math.floor(at / MINUTE_MS)) return m.log_refusals_counted({ count });
  return m.log_refusals_counted_longer({ count, from: clockTime(firstAt), to: clockTime(at) });
}

/** A refusal of the decision core, or a problem of the door such as a bad request; codes are for programs. */
function reasonOf(code: string): string {
  const problem = problemSchema.shape.code.safeParse(code);
  return problem.success ? problemText({ code: problem.data, message: '' }) : refusalText({ code });
}
