import type { Preview } from '@loa/shared/broadcasts/preview';
import type { Refusal } from '@loa/shared/broadcasts/refusal';
import type { Answer } from '../../link/messages.ts';

type RefusalAnswer = Extract<Answer<'command'>, { accepted: false }>['refusal'];

/** A refusal as it crosses the link. */
export function toRefusalAnswer({ code, detail, holders }: Refusal): RefusalAnswer {
  return {
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(holders === undefined ? {} : { holders: holders.map((holder) => ({ ...holder })) }),
  };
}

/** A preview as it crosses the link. */
export function toPreviewAnswer(preview: Preview): Answer<'preview'> {
  const copy = (entries: Preview['interrupts']) =>
    entries.map(({ broadcastId, zones }) => ({ broadcastId, zones: [...zones] }));
  return {
    outcome: preview.outcome,
    refusal: preview.refusal ? toRefusalAnswer(preview.refusal) : null,
    hears: [...preview.hears],
    ends: [...preview.ends],
    interrupts: copy(preview.interrupts),
    ducks: copy(preview.ducks),
    silent: preview.silent.map((entry) => ({ ...entry })),
    resumesAfter: [...preview.resumesAfter],
  };
}
