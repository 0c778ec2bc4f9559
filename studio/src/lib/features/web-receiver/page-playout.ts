import type { Rendered, PlayoutSettings } from '@loa/shared/playout/playout-engine';
import type { Pilot } from '@loa/shared/protocol/pilot';
import type { Sounding } from '@loa/shared/protocol/receivers';

/** What was rendered of one broadcast since the last progress. */
export type RenderedPart = Pick<
  Rendered<unknown>,
  'tag' | 'rank' | 'fromMs' | 'untilMs' | 'audibleMs' | 'energy' | 'lostPackets' | 'concealedMs'
>;

/** Figures since the page began to receive. */
export interface PageStats {
  readonly packets: number;
  readonly lostPackets: number;
  readonly concealedMs: number;
  readonly lateMs: number;
  readonly jitterMs: number;
  /** Time from stamp to loudspeaker as it is meant; null while it is not known. */
  readonly delayMs: number | null;
  /** PO74: the server time for which that is so, in ms; null: now. */
  readonly delayAtMs: number | null;
  /** What of it was added because packets come late; null where the browser keeps that to itself. */
  readonly extraDelayMs: number | null;
  /** How far what is heard is from where that delay would have it; null where a page cannot see it. */
  readonly positionErrorMs: number | null;
  /** How far apart the readings are that say when a sample is heard; null while that is guessed and not measured. */
  readonly outputErrorMs: number | null;
}

export const NO_STATS: PageStats = {
  packets: 0,
  lostPackets: 0,
  concealedMs: 0,
  lateMs: 0,
  jitterMs: 0,
  delayMs: null,
  delayAtMs: null,
  extraDelayMs: null,
  positionErrorMs: null,
  outputErrorMs: null,
};

/** What a page plays, told several times a second. */
export interface PlayoutProgress {
  readonly sounding: readonly Sounding[];
  readonly rendered: readonly RenderedPart[];
  /** RMS of what goes to the loudspeaker, dBFS; null for silence. */
  readonly levelDbfs: number | null;
  readonly stats: PageStats;
}

export interface PlayoutHandlers {
  /** A pilot came; null where the browser shows only that something came on the control bus. */
  onPilot(pilot: Pilot | null): void;
  onProgress(progress: PlayoutProgress): void;
  /** The renderer threw: this playout plays nothing any more. */
  onFailed(): void;
}

/** The streams of one new connection. */
export interface BusReceivers {
  readonly control: RTCRtpReceiver;
  /** One for each zone of the path, root first. */
  readonly buses: readonly RTCRtpReceiver[];
}

/** How a page turns buses into sound. */
export interface PagePlayout {
  /** `packets`: every packet is read, as in any receiver; `tracks`: the browser decodes each bus, and pages only see labels. */
  readonly access: 'packets' | 'tracks';
  configure(settings: PlayoutSettings): void;
  /** Called for every new connection, before it is negotiated. */
  attach(receivers: BusReceivers): void;
  /** To be called about twenty times a second; `serverOffsetMs` is server time minus own time, null while unknown. */
  tick(serverOffsetMs: number | null): void;
  close(): void;
}
