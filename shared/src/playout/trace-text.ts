import type { Pilot } from '../protocol/pilot.ts';
import { fromCsrc, toCsrc } from '../protocol/csrc.ts';
import { busPayloadMs } from '../protocol/opus-packet.ts';
import type { ClockSample } from '../timing/clock-offset.ts';
import type { BusPacket, PlayoutSettings } from './playout-engine.ts';
import { SAMPLES_PER_MS } from './stamp-sample.ts';

/**
 * Everything that a receiver's engine and clock are told, in the order in which they are told it: from it both can be run again without network, card or
 * clock. All times in ms since the epoch: `atMs` of packets and `outputMs` are server time as the receiver knew it then, those of the clock are its own.
 */
export type TraceEvent =
  | { readonly kind: 'packet'; readonly atMs: number; readonly packet: BusPacket<string> }
  | { readonly kind: 'block'; readonly outputMs: number; readonly frames: number }
  | { readonly kind: 'interruption'; readonly untilNow: boolean }
  | { readonly kind: 'settings'; readonly settings: PlayoutSettings }
  | { readonly kind: 'reset'; readonly buses: readonly string[] }
  | { readonly kind: 'answer'; readonly sample: ClockSample }
  | { readonly kind: 'pilot'; readonly atMs: number; readonly pilot: Pick<Pilot, 'run' | 'clock' | 'serverTimeMs'> }
  | { readonly kind: 'door'; readonly url: string }
  | { readonly kind: 'guess'; readonly atMs: number; readonly serverTimeMs: number };

/** Finer than what the number of a date can hold, so that nothing is lost. */
const DECIMALS = 4;

/** Most packets follow the one before on their bus by this much. */
const USUAL_STEP = 20 * SAMPLES_PER_MS;
/** The second octet of a packet says whether there is redundancy only below this configuration (RFC 6716, table 2). */
const FIRST_CELT_CONFIG = 16;

/** A packet but for when it came. */
interface Place {
  readonly sequence: number;
  readonly timestamp: number;
  /** Label and kind, as they are written. */
  readonly kind: string;
}

/**
 * Writes events as lines: a letter, then what it needs, with times in ms after `startMs`. Buses and labels are named once and numbered from then on; of a packet
 * that follows the one before on its bus as most do, only bus and time are said.
 */
export class TraceWriter {
  readonly #startMs: number;
  readonly #decimals: number;
  readonly #buses = new Map<string, number>();
  readonly #labels = new Map<number, number>();
  readonly #last = new Map<number, Place>();

  /** `decimals`: of times, 0 to 4. */
  constructor(startMs: number, decimals: number = DECIMALS) {
    this.#startMs = startMs;
    this.#decimals = decimals;
  }

  lines(event: TraceEvent): string[] {
    const names: string[] = [];
    const at = (ms: number): string => String(Number((ms - this.#startMs).toFixed(this.#decimals)));
    const line = this.#line(event, at, names);
    return [...names, line];
  }

  #line(event: TraceEvent, at: (ms: number) => string, names: string[]): string {
    switch (event.kind) {
      case 'packet': {
        const { bus, sequence, timestamp, label, marker, payload } = event.packet;
        const busNumber = numberOf(this.#buses, bus, 'u', names);
        const labelNumber = numberOf(this.#labels, toCsrc(label), 'l', names);
        const kind = `${labelNumber} ${toHex(headOf(payload))}${marker ? ' m' : ''}`;
        const next = nextOf(this.#last.get(busNumber));
        this.#last.set(busNumber, { sequence, timestamp, kind });
        const isNext = next?.sequence === sequence && next.timestamp === timestamp && next.kind === kind;
        return `p ${at(event.atMs)} ${busNumber}${isNext ? '' : ` ${sequence} ${timestamp} ${kind}`}`;
      }
      case 'block':
        return `b ${at(event.outputMs)} ${event.frames}`;
      case 'interruption':
        return event.untilNow ? 'i unheard' : 'i';
      case 'settings':
        return `s ${JSON.stringify(event.settings)}`;
      case 'reset':
        return `r ${event.buses.map((bus) => numberOf(this.#buses, bus, 'u', names)).join(' ')}`;
      case 'answer': {
        const { sentAtMs, serverTimeMs, receivedAtMs } = event.sample;
        return `c ${at(sentAtMs)} ${at(serverTimeMs)} ${at(receivedAtMs)}`;
      }
      case 'pilot':
        return `w ${at(event.atMs)} ${at(event.pilot.serverTimeMs)} ${event.pilot.run} ${event.pilot.clock}`;
      case 'door':
        return `d ${event.url}`;
      case 'guess':
        return `g ${at(event.atMs)} ${at(event.serverTimeMs)}`;
    }
  }
}

/** Reads what `TraceWriter` wrote with the same `startMs`; throws at what it cannot read, with the number of the line. */
export function readTrace(lines: readonly string[], startMs: number): TraceEvent[] {
  const [buses, labels]: [string[], number[]] = [[], []];
  const last = new Map<number, Place>();
  return lines.flatMap((line, index) => {
    const [letter = '', ...words] = line.split(' ');
    const word = (n: number): string => {
      const text = words[n];
      if (text === undefined) throw new Error(`line ${index + 1} of the trace is cut off: ${line}`);
      return text;
    };
    const number = (n: number): number => {
      const value = Number(word(n));
      if (!Number.isFinite(value)) throw new Error(`line ${index + 1} of the trace has no number at ${n + 1}: ${line}`);
      return value;
    };
    const at = (n: number): number => startMs + number(n);
    switch (letter) {
      case 'u':
        buses.push(word(0));
        return [];
      case 'l':
        labels.push(number(0));
        return [];
      case 'p': {
        const busNumber = number(1);
        const next = words.length > 2 ? undefined : nextOf(last.get(busNumber));
        const place = next ?? {
          sequence: number(2),
          timestamp: number(3),
          kind: [word(4), word(5), ...words.slice(6)].join(' '),
        };
        last.set(busNumber, place);
        const [label = '', head = '', marker] = place.kind.split(' ');
        const packet: BusPacket<string> = {
          bus: buses[busNumber] ?? word(1),
          sequence: place.sequence,
          timestamp: place.timestamp,
          label: fromCsrc(labels[Number(label)] ?? 0),
          payload: fromHex(head),
          marker: marker === 'm',
        };
        return { kind: 'packet', atMs: at(0), packet };
      }
      case 'b':
        return { kind: 'block', outputMs: at(0), frames: number(1) };
      case 'i':
        return { kind: 'interruption', untilNow: words[0] === 'unheard' };
      case 's':
        return { kind: 'settings', settings: JSON.parse(words.join(' ')) as PlayoutSettings };
      case 'r':
        return { kind: 'reset', buses: words.flatMap((text) => buses[Number(text)] ?? []) };
      case 'c':
        return { kind: 'answer', sample: { sentAtMs: at(0), serverTimeMs: at(1), receivedAtMs: at(2) } };
      case 'w':
        return { kind: 'pilot', atMs: at(0), pilot: { serverTimeMs: at(1), run: word(2), clock: number(3) } };
      case 'd':
        return { kind: 'door', url: word(0) };
      case 'g':
        return { kind: 'guess', atMs: at(0), serverTimeMs: at(1) };
      default:
        throw new Error(`line ${index + 1} of the trace begins with an unknown letter: ${line}`);
    }
  });
}

/** The number of a name, which is written down when it is new. */
function numberOf<Name>(known: Map<Name, number>, name: Name, letter: string, names: string[]): number {
  const number = known.get(name);
  if (number !== undefined) return number;
  known.set(name, known.size);
  names.push(`${letter} ${String(name)}`);
  return known.size - 1;
}

function nextOf(place: Place | undefined): Place | undefined {
  if (place === undefined) return undefined;
  const { sequence, timestamp, kind } = place;
  return { sequence: (sequence + 1) & 0xffff, timestamp: (timestamp + USUAL_STEP) >>> 0, kind };
}

/** What has to be kept of a payload to know its length in time, whether it repeats the one before, and whether it is sound at all; nobody's words. */
function headOf(payload: Uint8Array): Uint8Array {
  const [first = 0] = payload;
  const isOneFrame = (first & 3) === 0 && busPayloadMs(payload) !== null;
  return isOneFrame ? payload.subarray(0, first >> 3 < FIRST_CELT_CONFIG ? 2 : 1) : payload;
}

const toHex = (bytes: Uint8Array): string =>
  bytes.length === 0 ? '-' : Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const fromHex = (text: string): Uint8Array =>
  Uint8Array.from((text.match(/[0-9a-f]{2}/g) ?? []).map((byte) => Number.parseInt(byte, 16)));
