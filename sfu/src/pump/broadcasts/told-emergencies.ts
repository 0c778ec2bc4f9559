import { toServerTime } from '@loa/shared/timing/rtp-timeline';
import type { BusFrame } from '../buses/bus.ts';
import type { BusMap } from '../buses/bus-map.ts';
import type { ToldEmergencies } from '../nodes/sign.ts';
import { createProgram, type Program } from '../programs/program.ts';

/** LA20: emergencies that this node knows only from the word of another one: it cannot read the log in which they stand. */
export interface ToldPrograms {
  /** Sounds these from now on, and no others; without `mayBegin` none that it did not sound before. Answers the labels that are new. */
  follow(told: ToldEmergencies, mayBegin: boolean): number[];
  /** False: it is none of these. */
  push(frame: BusFrame): boolean;
  /** The state has it by now: whoever sounds it there says its end. */
  handOver(csrc: number): void;
  watch(nowMs: number): void;
  readonly size: number;
  /** Ends all. */
  close(): void;
}

/** @param now server time in ms. */
export function createToldPrograms(buses: BusMap, now: () => number): ToldPrograms {
  const programs = new Map<number, Program>();
  return {
    follow(told, mayBegin) {
      for (const [csrc, program] of programs) {
        if (told.has(csrc)) continue;
        program.end();
        programs.delete(csrc);
      }
      const fresh: number[] = [];
      for (const [csrc, zones] of told) {
        const known = programs.get(csrc);
        if (!known && !mayBegin) continue;
        if (!known) fresh.push(csrc);
        const program = known ?? createProgram(csrc, buses, now);
        programs.set(csrc, program);
        program.place([...zones], []);
      }
      return fresh;
    },
    push({ csrc, timestamp, payload }) {
      const program = programs.get(csrc);
      program?.push({ stampMs: toServerTime(timestamp, now()), payload });
      return program !== undefined;
    },
    handOver: (csrc) => void programs.delete(csrc),
    watch(nowMs) {
      for (const program of programs.values()) program.watch(nowMs);
    },
    get size() {
      return programs.size;
    },
    close() {
      for (const program of programs.values()) program.end();
      programs.clear();
    },
  };
}
