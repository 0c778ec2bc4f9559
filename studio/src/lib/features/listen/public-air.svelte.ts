import { createDoor, type Door } from '#lib/live/door.ts';
import { broadcastViewSchema, type BroadcastView } from '@loa/shared/protocol/live';
import { zoneSchema } from '@loa/shared/zones/zone';
import { buildZoneTree, type ZoneTree } from '@loa/shared/zones/zone-tree';
import { z } from 'zod';
import type { Reach } from './listen-status.ts';

const zonesSchema = z.object({ zones: z.array(zoneSchema) });
const liveSchema = z.object({ broadcasts: z.array(broadcastViewSchema) });
const POLL_MS = 3_000;

/** Zones and what is on air, by plain questions: citizens have no connection to the live state. */
export class PublicAir {
  tree = $state.raw<ZoneTree | null>(null);
  onAir = $state.raw<readonly BroadcastView[]>([]);
  reach = $state<Reach>('asking');
  readonly #door: Door;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #open = false;

  constructor(doorUrl: string) {
    this.#door = createDoor(doorUrl);
  }

  open(): void {
    this.#open = true;
    void this.#poll();
  }

  close(): void {
    this.#open = false;
    clearTimeout(this.#timer);
  }

  async #poll(): Promise<void> {
    if (this.tree === null) await this.#loadTree();
    const live = await this.#door.get('/broadcasts?state=live', liveSchema);
    if (live.ok) {
      // A broadcast in a zone that this page has never heard of: wards have merged, or a cluster is new.
      const { tree } = this;
      if (tree && live.value.broadcasts.some(({ zones }) => zones.some((zone) => !tree.has(zone))))
        await this.#loadTree();
      const started = live.value.broadcasts.filter((view) => view.phase === 'on-air');
      // RK3; who asked first has the smaller tag.
      this.onAir = started.sort((a, b) => b.rank - a.rank || a.startedAt - b.startedAt || a.tag - b.tag);
    }
    this.reach = live.ok && this.tree !== null ? 'known' : 'unreachable';
    if (this.#open) this.#timer = setTimeout(() => void this.#poll(), POLL_MS);
  }

  async #loadTree(): Promise<void> {
    const zones = await this.#door.get('/zones', zonesSchema);
    const built = zones.ok ? buildZoneTree(zones.value.zones) : null;
    if (built?.ok) this.tree = built.value;
  }
}
