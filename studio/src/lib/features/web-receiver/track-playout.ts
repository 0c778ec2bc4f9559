import { MAX_BUFFER_TARGET_MS } from '#lib/audio/buffer-target.ts';
import { steadyNow } from '#lib/live/steady-clock.ts';
import { delayHeardAt } from '@loa/shared/playout/delay-order';
import { fromDb, listenerGain } from '@loa/shared/playout/gain';
import type { PlayoutSettings } from '@loa/shared/playout/playout-engine';
import { SAMPLES_PER_MS } from '@loa/shared/playout/stamp-sample';
import { BusMixer } from './bus-mixer.ts';
import { outputLatencyMs } from './output-clock.ts';
import {
  NO_STATS,
  type BusReceivers,
  type PagePlayout,
  type PageStats,
  type PlayoutHandlers,
  type RenderedPart,
} from './page-playout.ts';
import { bufferMsBetween, NOTHING_WAITED, sumStats } from './path-stats.ts';
import { busGains, PresenceTable, type Heard } from './presence-table.ts';

/** A label that the browser saw this recently is of a packet that came since the last look. */
const FRESH_MS = 100;
const STATS_MS = 1_000;
/** A page that stood still for longer than this does not claim to have played meanwhile. */
const MAX_TURN_MS = 1_000;

/**
 * For browsers that let no page read packets: they decode each bus, and the page mixes the tracks by the labels that it sees.
 * It notices the end of a broadcast only by missing packets, and cannot part two broadcasts of one bus.
 */
export class TrackPlayout implements PagePlayout {
  readonly access = 'tracks';
  readonly #context: AudioContext;
  readonly #handlers: PlayoutHandlers;
  readonly #mixer: BusMixer;
  readonly #presence = new PresenceTable();
  readonly #firstSound = new Map<number, number>();
  #receivers: BusReceivers | null = null;
  #settings: PlayoutSettings;
  #stats: PageStats = NO_STATS;
  /** What the browser was told last, in ms. */
  #targetMs: number | null = null;
  /** Read seldom, because a target that changes all the time makes a browser bend the pitch all the time. */
  #outputMs: number;
  /** At the last look, and when that was. */
  #waited = NOTHING_WAITED;
  #waitedAtMs = 0;
  #controlPackets = 0;
  #tickAt = 0;
  #statsAt = 0;

  constructor(context: AudioContext, settings: PlayoutSettings, handlers: PlayoutHandlers) {
    this.#context = context;
    this.#settings = settings;
    this.#handlers = handlers;
    this.#mixer = new BusMixer(context);
    this.#outputMs = outputLatencyMs(context);
  }

  configure(settings: PlayoutSettings): void {
    this.#settings = settings;
  }

  attach(receivers: BusReceivers): void {
    this.#receivers = receivers;
    this.#targetMs = null;
    this.#waited = NOTHING_WAITED;
    this.#waitedAtMs = steadyNow();
    this.#mixer.connect(receivers.buses.map((bus) => bus.track));
  }

  tick(serverOffsetMs: number | null): void {
    const now = steadyNow();
    const orderedMs = this.#orderedMs(now, serverOffsetMs);
    // The way to the loudspeaker comes after the browser's buffer. The one from the server comes before it, and no page can see that.
    this.#aim(Math.min(MAX_BUFFER_TARGET_MS, Math.max(0, Math.round(orderedMs - this.#outputMs))));
    this.#lookForLabels(now);
    const heard = this.#presence.heard(now);
    this.#mixer.setGains(busGains(heard, this.#receivers?.buses.length ?? 0));
    this.#mixer.setVolume(listenerGain(this.#settings, heard[0]?.rank ?? 0));
    // What arrives now comes out of the loudspeaker this much later.
    const heardAtMs = now + (serverOffsetMs ?? 0) + (this.#stats.delayMs ?? orderedMs);
    const lengthMs = now - this.#tickAt;
    this.#tickAt = now;
    const rendered = lengthMs > MAX_TURN_MS ? [] : heard.flatMap((one) => this.#render(one, heardAtMs, lengthMs));
    const tags = new Set(heard.map(({ tag }) => tag));
    for (const tag of this.#firstSound.keys()) if (!tags.has(tag)) this.#firstSound.delete(tag);
    const sounding = heard.flatMap(({ tag, rank, role }) => {
      const firstSoundAt = this.#firstSound.get(tag);
      return firstSoundAt === undefined ? [] : [{ tag, rank, role, firstSoundAt }];
    });
    this.#handlers.onProgress({ sounding, rendered, levelDbfs: this.#mixer.levelDbfs(), stats: this.#stats });
    if (now - this.#statsAt >= STATS_MS) {
      this.#statsAt = now;
      void this.#readStats(serverOffsetMs);
    }
  }

  close(): void {
    this.#mixer.close();
  }

  /** PO31: what is ordered now, also while it moves. */
  #orderedMs(now: number, serverOffsetMs: number | null): number {
    return serverOffsetMs === null ? this.#settings.playoutDelayMs : delayHeardAt(this.#settings, now + serverOffsetMs);
  }

  #aim(targetMs: number): void {
    if (targetMs === this.#targetMs || this.#receivers === null) return;
    this.#targetMs = targetMs;
    for (const bus of this.#receivers.buses) bus.jitterBufferTarget = targetMs;
  }

  #lookForLabels(now: number): void {
    for (const [bus, receiver] of (this.#receivers?.buses ?? []).entries()) {
      for (const source of receiver.getContributingSources()) {
        if (now - source.timestamp < FRESH_MS) this.#presence.note(bus, source.source, now);
      }
    }
  }

  /** Stand-ins of the server keep a broadcast present, but only what has a level was sound. */
  #render(one: Heard, heardAtMs: number, lengthMs: number): RenderedPart[] {
    const level = this.#context.state === 'running' ? this.#mixer.busLevelDbfs(one.bus) : null;
    const gain = listenerGain(this.#settings, one.rank);
    if (level === null || gain <= 0) return [];
    if (!this.#firstSound.has(one.tag)) this.#firstSound.set(one.tag, Math.round(heardAtMs));
    const amplitude = fromDb(level) * gain * one.gain;
    return [
      {
        tag: one.tag,
        rank: one.rank,
        fromMs: heardAtMs - lengthMs,
        untilMs: heardAtMs,
        audibleMs: lengthMs,
        energy: amplitude ** 2 * lengthMs * SAMPLES_PER_MS,
        lostPackets: 0,
        concealedMs: 0,
      },
    ];
  }

  async #readStats(serverOffsetMs: number | null): Promise<void> {
    const receivers = this.#receivers;
    if (!receivers) return;
    const control = sumStats((await receivers.control.getStats()).values());
    const reports = await Promise.all(receivers.buses.map((receiver) => receiver.getStats()));
    const path = sumStats(reports.flatMap((report) => [...report.values()]));
    if (receivers !== this.#receivers) return;
    // That a packet came on the control bus is all that such a browser shows of a pilot.
    if (control.packets !== this.#controlPackets) this.#handlers.onPilot(null);
    this.#controlPackets = control.packets;
    const bufferMs = bufferMsBetween(this.#waited, path);
    const middleMs = (this.#waitedAtMs + steadyNow()) / 2;
    this.#waited = path;
    this.#waitedAtMs = steadyNow();
    this.#outputMs = outputLatencyMs(this.#context);
    this.#stats = {
      ...NO_STATS,
      packets: path.packets,
      lostPackets: path.lostPackets,
      concealedMs: path.concealedMs,
      jitterMs: path.jitterMs,
      delayMs: bufferMs === null ? null : Math.round(bufferMs + this.#outputMs),
      delayAtMs: serverOffsetMs === null ? null : middleMs + serverOffsetMs,
    };
  }
}
