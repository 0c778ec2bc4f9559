import type { Command } from '@loa/shared/broadcasts/commands';
import type { LiveState } from '@loa/shared/broadcasts/state';
import type { SourceId } from '@loa/shared/ids';

/** A source that may be connected to another node (`elsewhere`) is that node's to speak of; unless it cannot, and says so (LS11). */
export type Presence = 'here' | 'away' | 'elsewhere' | 'spoken-for';

/**
 * What the core has to be told so that it knows which live sources are away. Asked again and again it repeats itself until the
 * core has it, so a source that went away while its broadcast was waiting, or before it began, is never forgotten.
 */
export function sourceCommands(state: LiveState, whereIs: (sourceId: SourceId) => Presence): Command[] {
  const commands: Command[] = [];
  for (const { spec, sourceKeepUntil } of state.broadcasts.values()) {
    if (spec.source.kind !== 'live') continue;
    const { sourceId } = spec.source;
    const presence = whereIs(sourceId);
    if (presence === 'away' && sourceKeepUntil === null) commands.push({ type: 'source-lost', sourceId });
    if ((presence === 'here' || presence === 'spoken-for') && sourceKeepUntil !== null)
      commands.push({ type: 'source-back', sourceId });
  }
  return commands;
}
