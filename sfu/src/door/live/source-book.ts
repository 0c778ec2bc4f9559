import type { LiveState } from '@loa/shared/broadcasts/state';
import type { SourceId } from '@loa/shared/ids';
import type { SourceView } from '@loa/shared/protocol/live';
import type { SourceState } from '../../link/messages.ts';

/** The sources of all nodes. `node` says to which of the others one is connected; left out: to this one. */
export interface SourceBook {
  readonly ids: Iterable<SourceId>;
  /** Those of this node. */
  readonly own: readonly SourceState[];
  /** With the broadcast that it speaks into. */
  viewOf(id: SourceId, state: LiveState): SourceView | undefined;
  views(state: LiveState): SourceView[];
  set(source: SourceState, node: string | undefined): void;
  /** False when it is not there, or connected to another node by now, which was quicker to say so. */
  remove(id: SourceId, node: string | undefined): boolean;
}

export function createSourceBook(): SourceBook {
  const sources = new Map<SourceId, { readonly state: SourceState; readonly node: string | undefined }>();

  const toView = (source: SourceState, state: LiveState): SourceView => {
    const user = [...state.broadcasts.values()].find(
      ({ spec }) => spec.source.kind === 'live' && spec.source.sourceId === source.sourceId,
    );
    return { ...source, broadcastId: user?.id ?? null };
  };

  return {
    get ids() {
      return sources.keys();
    },
    get own() {
      return [...sources.values()].flatMap(({ state, node }) => (node === undefined ? state : []));
    },
    viewOf(id, state) {
      const source = sources.get(id);
      return source && toView(source.state, state);
    },
    views: (state) => [...sources.values()].map((source) => toView(source.state, state)),
    set: (source, node) => void sources.set(source.sourceId, { state: source, node }),
    remove(id, node) {
      const known = sources.get(id);
      return known !== undefined && known.node === node && sources.delete(id);
    },
  };
}
