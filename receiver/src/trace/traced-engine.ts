import type { CreateVoiceDecoder } from '@loa/shared/playout/decoder';
import {
  PlayoutEngine,
  type BusPacket,
  type PlayoutSettings,
  type PushVerdict,
  type RenderedBlock,
} from '@loa/shared/playout/playout-engine';
import type { TraceEvent } from '@loa/shared/playout/trace-text';

/** An engine that also notes everything that it is told. */
export class TracedEngine extends PlayoutEngine<string> {
  readonly #note: (event: TraceEvent) => void;
  readonly #buses = new Set<string>();

  constructor(createDecoder: CreateVoiceDecoder, settings: PlayoutSettings, note: (event: TraceEvent) => void) {
    super(createDecoder, settings);
    this.#note = note;
    note({ kind: 'settings', settings });
  }

  override configure(settings: PlayoutSettings): void {
    this.#note({ kind: 'settings', settings });
    super.configure(settings);
  }

  override resetBuses(isMeant: (bus: string) => boolean = () => true): void {
    const buses = [...this.#buses].filter(isMeant);
    for (const bus of buses) this.#buses.delete(bus);
    if (buses.length > 0) this.#note({ kind: 'reset', buses });
    super.resetBuses(isMeant);
  }

  override push(packet: BusPacket<string>, nowMs: number): PushVerdict {
    this.#buses.add(packet.bus);
    this.#note({ kind: 'packet', atMs: nowMs, packet });
    return super.push(packet, nowMs);
  }

  override noteInterruption(untilNow = false): void {
    this.#note({ kind: 'interruption', untilNow });
    super.noteInterruption(untilNow);
  }

  override renderBlock(outputMs: number, frames: number): RenderedBlock<string> {
    this.#note({ kind: 'block', outputMs, frames });
    return super.renderBlock(outputMs, frames);
  }
}
