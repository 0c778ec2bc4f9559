import { describe, expect, it } from 'vitest';
import type { LiveState } from '@loa/shared/broadcasts/state';
import type { ZoneId } from '@loa/shared/ids';
import { CITY_ROWS, treeOf } from '../../../../shared/test/support/city.ts';
import { createSession, specOf } from '../../../../shared/test/support/session.ts';
import type { BusFrame } from '../buses/bus.ts';
import type { BusMap } from '../buses/bus-map.ts';
import { ALONE } from '../nodes/cluster.ts';
import { createZoneOutputs } from '../outputs/zone-outputs.ts';
import { createOnAir } from './on-air.ts';

const tree = treeOf(CITY_ROWS);
const ZONE = 'w1' as ZoneId;
const SPEECH = Buffer.from([0xf8, 1, 2, 3]);

/** What a node sends to its receivers in one zone, while another node says what is on air there. */
function setUp() {
  const sent: BusFrame[] = [];
  const bus = { send: (frame: BusFrame) => void sent.push(frame) };
  const air = createOnAir({
    buses: { peek: (id: ZoneId) => (id === ZONE ? bus : undefined) } as BusMap,
    outputs: createZoneOutputs(),
    segmentsDir: '',
    now: () => 1_700_000_000_000,
    cluster: { ...ALONE, tellEmergencies: (own) => void ([label = 0] = [...own.keys(), label]) },
    submit: () => undefined,
    gatherWrites: () => undefined,
  });
  let label = 0;
  const session = createSession(tree);
  const hear = (isCutOff: boolean) => air.hearOf(new Map([[label, new Set([ZONE])]]), isCutOff);
  /** Frames that its receivers get of one that comes from the other node. */
  const heardOf = () => {
    const before = sent.length;
    air.pushRemote({ csrc: label, timestamp: 48_000, marker: false, payload: SPEECH });
    return sent.slice(before).filter(({ marker }) => !marker).length;
  };
  const apply = (others: LiveState = session.state) => air.apply(session.state, tree, others);
  return { air, sent, session, apply, hear, heardOf };
}

describe('LA20: emergencies that another node says are on air', () => {
  it('are not heard where this node, cut off, has ended them on its own; the end is said', () => {
    const { sent, session, apply, hear, heardOf } = setUp();
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    apply();
    expect(heardOf()).toBe(1);
    const others = session.state;
    session.stop('alarm');
    apply(others);
    hear(true);
    expect(sent.at(-1)).toMatchObject({ marker: true });
    expect(heardOf()).toBe(0);
  });

  it('are heard again when the log is read again and has them', () => {
    const { session, apply, hear, heardOf } = setUp();
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    apply();
    const others = session.state;
    session.stop('alarm');
    apply(others);
    session.state = others;
    apply();
    hear(false);
    expect(heardOf()).toBe(1);
  });

  it('are heard by a node that knows nothing of them', () => {
    const { session, apply, hear, heardOf } = setUp();
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    apply();
    session.stop('alarm');
    apply();
    hear(true);
    expect(heardOf()).toBe(1);
  });
});
