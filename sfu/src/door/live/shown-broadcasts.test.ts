import { expect, it } from 'vitest';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import { CITY_ROWS, treeOf } from '../../../../shared/test/support/city.ts';
import { createSession, specOf } from '../../../../shared/test/support/session.ts';
import { REMEMBERED_ENDED } from './ended-broadcasts.ts';
import { createShownBroadcasts } from './shown-broadcasts.ts';

const TREE = treeOf(CITY_ROWS);

it('LA3: of the broadcasts that a node has begun alone, those are kept that can be asked for still', () => {
  let changed: string[] = [];
  const shown = createShownBroadcasts(
    TREE,
    { onChanged: (id) => void changed.push(id), onEnded: () => undefined },
    () => 0,
  );
  const session = createSession(TREE);
  const count = REMEMBERED_ENDED + 20;
  for (let n = 0; n < count; n++) {
    session.start(specOf(`alarm-${n}`, ['w1'], { level: 3 }));
    if (n < count - 1) session.stop(`alarm-${n}`);
  }
  const events = session.log.map(({ event, at }, i): LoggedEvent => {
    return { version: i + 1, at, prevHash: String(i), hash: String(i + 1), event };
  });
  shown.fold(events, true);
  expect(shown.views).toMatchObject([{ broadcastId: `alarm-${count - 1}`, local: true }]);
  changed = [];
  shown.settleLocal();
  // The ended ones that are remembered, and the one that lives.
  expect(changed.length).toBe(REMEMBERED_ENDED + 1);
  expect(shown.views).toMatchObject([{ local: false }]);
});
