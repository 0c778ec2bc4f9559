import { m } from '#lib/generated/messages/messages.js';
import { number } from '#lib/ui/format.ts';
import type { PageStep } from './page-step.ts';

/** PO90: what a page says of being in step. */
export function stepText(step: PageStep, locale: Parameters<typeof number>[2]): string {
  switch (step.kind) {
    case 'unmeasured':
      return step.missing === 'clock' ? m.webrx_step_no_clock() : m.webrx_step_no_output();
    case 'apart':
      return m.webrx_step_apart({ error: number(step.errorMs, 0, locale) });
    case 'in-step':
      return m.webrx_step_in({ error: number(step.errorMs, 0, locale) });
    case 'behind': {
      const ms = number(step.behindMs, 0, locale);
      const how =
        step.errorMs === null
          ? m.webrx_behind_about({ ms })
          : m.webrx_behind({ ms, error: number(step.errorMs, 0, locale) });
      return `${how} ${m[`webrx_behind_${step.cause}`]()}`;
    }
  }
}
