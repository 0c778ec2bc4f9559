import { createDoors, type Doors } from '#lib/live/doors.svelte.ts';
import { broadcastViewSchema, type BroadcastView } from '@loa/shared/protocol/live';
import { zoneSchema } from '@loa/shared/zones/zone';
import { buildZoneTree, type ZoneTree } from '@loa/shared/zones/zone-tree';
import { doorUrlsSchema } from '@loa/shared/protocol/receivers';
import { z } from 'zod';
import type { Reach } from './listen-status.ts';

const zonesSchema = z.object({ zones: z.array(zoneSchema) });
const liveSchema = z.object({ broadcasts: z.array(broadcastViewSchema) });
const nodeSchema = z.object({ draining: z.boolean(), doors: doorUrlsSchema });
const POLL_MS = 3_000;
/** One question in so many is also whether the node is being emptied. */
const NODE_EVERY = 5;

/** Zones and what is on air, by plain questions: citizens have no connection to the live state. */
export class PublicAir {
  tree = $state.raw<ZoneTree | null>(null);
  onAir = $state.raw<readonly BroadcastView[]>([]);
  reach = $state<Reach>('asking');
  readonly doors: Doors;
  #polls = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #open = false;

  constructor(doorUrls: readonly string[]) {
    this.doors = createDoors(doorUrls);
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
    const live = await this.doors.get('/broadcasts?state=live', liveSchema);
    if (live.ok) {
      this.doors.succeeded(this.doors.url);
      // A broadcast in a zone that this page has never heard of: wards have merged, or a cluster is new.
      const { tree } = this;
      if (tree && live.value.broadcasts.some(({ zones }) => zones.some((zone) => !tree.has(zone))))
        await this.#loadTree();
      const started = live.value.broadcasts.filter((view) => view.phase === 'on-air');
      // RK3; who asked first has the smaller tag.
      this.onAir = started.sort((a, b) => b.rank - a.rank || a.startedAt - b.startedAt || a.tag - b.tag);
    }
    this.reach = live.ok && this.tree !== null ? 'known' : 'unreachable';
    const waitMs = live.ok ? POLL_MS : this.#goOn();
    if (live.ok && this.doors.others.length > 0 && this.#polls++ % NODE_EVERY === 0) await this.#askNode();
    if (this.#open) this.#timer = setTimeout(() => void this.#poll(), waitMs);
  }

  /** ND4: the door does not answer. Where there is another it is asked soon. */
  #goOn(): number {
    return this.doors.others.length > 0 ? this.doors.failed(Math.random()) : POLL_MS;
  }

  /** ND12: citizens ask whether they are to go, for nobody can tell them. */
  async #askNode(): Promise<void> {
    const node = await this.doors.get('/node', nodeSchema);
    if (!node.ok) return;
    this.doors.learn(node.value.doors);
    if (!node.value.draining) return;
    // ND5: to one that it has named; when that is away the next one is asked (ND4).
    const { named } = this.doors;
    const next = named[Math.floor(Math.random() * named.length)];
    if (next !== undefined) this.doors.succeeded(next);
  }

  async #loadTree(): Promise<void> {
    const zones = await this.doors.get('/zones', zonesSchema);
    const built = zones.ok ? buildZoneTree(zones.value.zones) : null;
    if (built?.ok) this.tree = built.value;
  }
}
