import { isOverlay, onAir, placements } from '../../src/broadcasts/winner.ts';
import type { ZoneId } from '../../src/ids.ts';
import { selectRoles, type Candidate } from '../../src/playout/selection.ts';
import { leavesAsked, type Sound } from './oracle.ts';
import type { Session } from './session.ts';
import { CITY, PLACES, must } from './small-city.ts';

/** What is heard is what the oracle says, and never two at full level or less than an emergency. */
export function checkSounds(session: Session, sounds: ReadonlyMap<ZoneId, Sound>): void {
  for (const [zone, expected] of sounds) {
    const actual = onAir(session.state, CITY, zone);
    must(actual.main === expected.main && actual.overlay === expected.overlay, `RK5, RK6: what is heard in ${zone}`);
    const { main, overlay } = expected;
    must(!overlay || (isOverlay(overlay) && !(main && isOverlay(main))), `BR3: two at full level in ${zone}`);
    must(!overlay || !main || overlay.rank > main.rank, `RK5: the overlay outranks what it lies over in ${zone}`);
  }
  for (const broadcast of session.state.broadcasts.values()) {
    if (broadcast.spec.level !== 3 || broadcast.phase !== 'on-air') continue;
    for (const leaf of leavesAsked(broadcast, PLACES)) {
      const sound = sounds.get(leaf);
      must(sound?.main?.spec.level === 3 && !sound.overlay, `BR10: an emergency is silenced in ${leaf}`);
    }
  }
}

/** A receiver in every zone, which knows nothing but the packets on the buses of its path. */
export function checkReceivers(session: Session, sounds: ReadonlyMap<ZoneId, Sound>): void {
  const buses = new Map<ZoneId, Candidate[]>();
  for (const [id, zones] of placements(session.state, CITY)) {
    const broadcast = session.state.broadcasts.get(id);
    must(broadcast, 'RK7: only live broadcasts are sent');
    const candidate = { tag: broadcast.tag, rank: broadcast.rank, overlay: isOverlay(broadcast) };
    for (const zone of zones) {
      const sent = buses.get(zone);
      if (sent) sent.push(candidate);
      else buses.set(zone, [candidate]);
    }
  }
  for (const [zone, { main, overlay }] of sounds) {
    const arriving = CITY.pathTo(zone).flatMap((bus) => buses.get(bus) ?? []);
    const oneOfEach = arriving.every(({ rank }, i) => arriving.findIndex((other) => other.rank === rank) === i);
    must(oneOfEach, `RK7: equal ranks arrive in ${zone}`);
    const roles = selectRoles(arriving);
    must(roles.size === (main ? 1 : 0) + (overlay ? 1 : 0), `RK7: who is heard by a receiver in ${zone}`);
    must(!overlay || roles.get(overlay.tag) === 'overlay', `RK7: the overlay in ${zone}`);
    must(!main || roles.get(main.tag) === (overlay ? 'ducked' : 'main'), `RK7: the main broadcast in ${zone}`);
  }
}
