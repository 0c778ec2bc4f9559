import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOpusDecoders, type OpusWasm } from '@loa/shared/playout/opus-decoder';
import { toCsrc } from '@loa/shared/protocol/csrc';
import { toTimestamp } from '@loa/shared/timing/rtp-timeline';
import pino from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readReceiverConfig } from '../src/config.ts';
import { loadOpusWasm } from '../src/player/opus-wasm.ts';
import { startReceiver, type Receiver } from '../src/receiver.ts';
import { LoopbackDoor, serverNow, TEST_TOKEN } from './support/loopback-door.ts';
import { createOpusEncoder, toFrames } from './support/opus-encoder.ts';
import { findSound, peakOf, readWav } from './support/sound.ts';
import { makeSpeech } from './support/speech.ts';
import { waitFor } from './support/wait-for.ts';

/** The sound is looked for this far around where it belongs, and found this close to it. */
const WITHIN_SAMPLES = 100 * 48;
const MAX_ERROR_MS = 5;

/** Correlation of a sound with itself after a few losses; other speech stays below 0.3. */
const ALIKE = 0.9;

let wasm: OpusWasm;
/** Two seconds of speech and of another text, as packets and as a perfect receiver would decode them. */
let low: { packets: Uint8Array[]; sound: Float32Array };
let high: { packets: Uint8Array[]; sound: Float32Array };
let door: LoopbackDoor;
let receiver: Receiver | null = null;
let folder: string;

function prepare(text: string) {
  const encode = createOpusEncoder(wasm);
  const packets = toFrames(makeSpeech(text).subarray(9_600, 9_600 + 96_000)).map((frame) => encode(frame));
  const decoder = createOpusDecoders(wasm)(1);
  const sound = Float32Array.from(packets.flatMap((packet) => [...decoder.decode(packet, false, 960)]));
  decoder.close();
  return { packets, sound };
}

beforeAll(async () => {
  wasm = await loadOpusWasm();
  low = prepare('Kính thưa bà con, phường Thắng Tam thông báo lịch tiêm chủng cho trẻ em sáng thứ bảy.');
  high = prepare('Khẩn cấp! Nước biển dâng cao, đề nghị bà con di chuyển ngay đến nơi an toàn.');
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loa-receiver-'));
  door = await new LoopbackDoor().open();
});

afterEach(async () => {
  await receiver?.close();
  receiver = null;
  await door.close();
});

async function start(): Promise<string> {
  const wavPath = join(folder, 'out.wav');
  const config = readReceiverConfig({
    RECEIVER_ZONE: 'zone-cluster',
    RECEIVER_TOKEN: TEST_TOKEN,
    RECEIVER_DOOR_URL: door.url,
    RECEIVER_SINK: 'wav',
    RECEIVER_WAV_PATH: wavPath,
    RECEIVER_DATA_DIR: folder,
  });
  receiver = await startReceiver(config, pino({ level: 'silent' }));
  await waitFor(() => (door.reports.at(-1)?.path === 'up' ? undefined : `path is ${door.reports.at(-1)?.path}`));
  return wavPath;
}

/** Sends packets in real time from `startMs` on; `lost` ones are left out. Resolves when the last one is out. */
async function speak(
  bus: string,
  csrc: number,
  packets: readonly Uint8Array[],
  startMs: number,
  lost: (index: number) => boolean = () => false,
): Promise<void> {
  let next = 0;
  await waitFor(() => {
    for (; next < packets.length && startMs + next * 20 <= serverNow(); next += 1) {
      const payload = packets[next] ?? new Uint8Array(0);
      const timestamp = toTimestamp(startMs + next * 20);
      const packet = { timestamp, csrc, payload, marker: next >= packets.length - 3 };
      // As a real server does: whoever is connected to the bus gets it.
      for (const media of door.medias) {
        if (lost(next)) media.lose(bus, packet);
        else media.send(bus, packet);
      }
    }
    return next < packets.length && `${packets.length - next} packets to send`;
  });
}

/** Ends the receiver and looks for a sound that was stamped with `startMs` in what it rendered. */
async function rendered(wavPath: string, needle: Float32Array, startMs: number) {
  await receiver?.close();
  receiver = null;
  const sound = readWav(wavPath);
  const times = JSON.parse(readFileSync(`${wavPath}.json`, 'utf8')) as { firstSampleServerTimeMs: number };
  const expectedAt = Math.round((startMs + door.playoutDelayMs - times.firstSampleServerTimeMs) * 48);
  const match = findSound(sound, needle, expectedAt, WITHIN_SAMPLES);
  return { sound, correlation: match.correlation, at: match.at, errorMs: (match.at - expectedAt) / 48 };
}

const soundsNothing = (): unknown => door.reports.at(-1)?.sounding.length !== 0 && 'still sounding';
const label = (tag: number, rank = 76): number => toCsrc({ rank, overlay: false, tag });
const inMs = (milliseconds: number): number => Math.round(serverNow()) + milliseconds;

describe('a receiver over real WebRTC', () => {
  it('PO1: renders what was spoken, at its stamp plus the playout delay', async () => {
    const wavPath = await start();
    const startMs = inMs(200);
    await speak('zone-ward', label(5), low.packets, startMs);
    await waitFor(soundsNothing);
    const { sound, correlation, at, errorMs } = await rendered(wavPath, low.sound, startMs);
    expect(correlation).toBeGreaterThan(ALIKE);
    expect(Math.abs(errorMs)).toBeLessThan(MAX_ERROR_MS);
    expect(peakOf(sound.subarray(0, at - 480))).toBe(0);
  });

  it('PO31: plays at the delay to which the server has moved it, and says how much its path needs', async () => {
    const wavPath = await start();
    const fromMs = Math.ceil(serverNow());
    const delay = { playoutDelayMs: door.playoutDelayMs + 12, delayMove: { previousMs: door.playoutDelayMs, fromMs } };
    door.changeSettings(delay);
    door.playoutDelayMs = delay.playoutDelayMs;
    const startMs = fromMs + 6_500;
    // PO82: a need is known after some whole seconds.
    await speak('zone-ward', label(5), [...low.packets, ...low.packets], startMs);
    await waitFor(() => typeof door.reports.at(-1)?.neededDelayMs !== 'number' && 'the need is not known');
    expect(door.reports.at(-1)).toMatchObject({ behindMs: 0 });
    await waitFor(soundsNothing);
    const { correlation, errorMs } = await rendered(wavPath, low.sound, startMs);
    expect(correlation).toBeGreaterThan(ALIKE);
    expect(Math.abs(errorMs)).toBeLessThan(MAX_ERROR_MS);
  });

  it('PO5: loses one packet in ten and is still close to what was spoken', async () => {
    const wavPath = await start();
    const startMs = inMs(200);
    await speak('zone-ward', label(5), low.packets, startMs, (index) => index % 10 === 5);
    await waitFor(soundsNothing);
    expect((await rendered(wavPath, low.sound, startMs)).correlation).toBeGreaterThan(ALIKE);
    const [record] = door.records.values();
    expect(record?.lostPackets).toBe(10);
    expect(record?.concealedMs).toBe(200);
  });

  it('PO23: asks again for what was lost, and then has lost nothing', async () => {
    const wavPath = await start();
    if (door.media) door.media.answersNacks = true;
    const startMs = inMs(200);
    await speak('zone-ward', label(5), low.packets, startMs, (index) => index % 10 === 5);
    await waitFor(soundsNothing);
    expect((await rendered(wavPath, low.sound, startMs)).correlation).toBeGreaterThan(ALIKE);
    const [record] = door.records.values();
    expect(record).toMatchObject({ lostPackets: 0, concealedMs: 0 });
  });

  it('PO61: asks for what is missing although nothing follows that shows it', async () => {
    await start();
    await speak('zone-ward', label(5), low.packets.slice(0, 60), inMs(200), (index) => index >= 57);
    // The loopback server numbers its packets from 65,530 on.
    const lost = [57, 58, 59].map((index) => (65_530 + index) & 0xffff);
    const asked = door.media?.asked ?? new Set();
    await waitFor(() => !lost.every((number) => asked.has(number)) && `asked for ${[...asked].join()}`);
    expect([...asked]).toEqual(expect.arrayContaining(lost));
  });

  it('PO10, PO17: an emergency on the root bus replaces a ward programme, and records say so', async () => {
    const wavPath = await start();
    const startMs = inMs(200);
    await Promise.all([
      speak('zone-ward', label(5), low.packets, startMs),
      speak('zone-city', label(6, 220), high.packets.slice(0, 40), startMs + 600),
    ]);
    await waitFor(soundsNothing);
    const during = await rendered(wavPath, high.sound.subarray(480, 36_000), startMs + 610);
    expect(during.correlation).toBeGreaterThan(ALIKE);
    const tags = door.reports.flatMap((report) => report.sounding.map((entry) => `${entry.tag} ${entry.role}`));
    expect(new Set(tags)).toEqual(new Set(['5 main', '6 main']));
    const [ward, emergency] = [5, 6].map((tag) => [...door.records.values()].find((record) => record.tag === tag));
    expect(ward?.final && emergency?.final).toBe(true);
    expect(emergency?.renderedMs).toBeGreaterThan(700);
    expect(ward?.renderedMs).toBeGreaterThan(1_000);
    expect(ward?.renderedMs).toBeLessThan(1_400);
  });

  it('PO12: settings of the server take effect while it runs', async () => {
    const wavPath = await start();
    door.changeSettings({ muted: true });
    await waitFor(() => !door.reports.at(-1)?.muted && 'the report does not say muted yet');
    const startMs = inMs(100);
    await speak('zone-ward', label(5), low.packets.slice(0, 50), startMs);
    expect(peakOf((await rendered(wavPath, low.sound, startMs)).sound)).toBe(0);
    expect(door.records.size).toBe(0);
  });

  it('PO20: records wait on disk while the server does not store them, and survive a restart', async () => {
    await start();
    door.storeRecords = false;
    await speak('zone-ward', label(5), low.packets.slice(0, 50), inMs(100));
    await waitFor(() => door.reports.every((report) => report.sounding.length === 0) && 'nothing was heard');
    await receiver?.close();
    expect(door.records.size).toBe(0);
    door.storeRecords = true;
    await start();
    await waitFor(() => door.records.size === 0 && 'the record of the first run');
    expect([...door.records.values()][0]).toMatchObject({ tag: 5, final: true, receiverId: 'receiver-zone-cluster' });
  });
});

describe('a receiver whose server fails', () => {
  it('PO22: makes a new connection when pilots stay away, one at a time, and goes on with the sound', async () => {
    const wavPath = await start();
    door.sendPilots = false;
    await waitFor(() => !door.reports.some((report) => report.path === 'lost') && 'the lost path is not reported yet');
    await waitFor(() => door.joins < 2 && 'a second join');
    door.sendPilots = true;
    await waitFor(() => door.reports.at(-1)?.path !== 'up' && 'the path is not up again');
    expect(door.mostJoinsAtOnce).toBe(1);
    await waitFor(() => door.deletions === 0 && 'the old session is not deleted yet');
    const startMs = inMs(200);
    await speak('zone-ward', label(9), low.packets, startMs);
    await waitFor(soundsNothing);
    expect((await rendered(wavPath, low.sound, startMs)).correlation).toBeGreaterThan(ALIKE);
  });

  it('PO22: comes back after refused joins and after a lost control connection', async () => {
    door.refuseJoinsWith = 503;
    const started = start();
    await waitFor(() => door.joins < 2 && 'a second attempt');
    door.refuseJoinsWith = null;
    await started;
    const before = door.registrations;
    door.disconnect();
    await waitFor(() => door.registrations === before && 'it has not registered again');
    expect(door.joins).toBe(3);
  });

  it('PO22: plays over the old path, although it counts as lost, until the new one has brought a pilot', async () => {
    const wavPath = await start();
    door.sendPilots = false;
    const startMs = inMs(2_500);
    const speaking = speak('zone-ward', label(9), [...low.packets, ...low.packets], startMs);
    await waitFor(() => door.joins < 2 && 'a second join');
    await waitFor(() => !door.medias[1]?.connected && 'the second path');
    expect(door.deletions).toBe(0);
    door.sendPilots = true;
    await waitFor(() => door.deletions === 0 && 'the old path is not given up');
    await speaking;
    await waitFor(soundsNothing);
    expect((await rendered(wavPath, low.sound, startMs)).correlation).toBeGreaterThan(ALIKE);
    expect([...door.records.values()]).toMatchObject([{ tag: 9, lostPackets: 0, concealedMs: 0 }]);
  });

  it('PO22, PO3: moves to another place with the voice on air, and not a sample is lost', async () => {
    const wavPath = await start();
    const startMs = inMs(200);
    const speaking = speak('zone-ward', label(5), low.packets, startMs);
    await waitFor(() => door.reports.at(-1)?.sounding.length === 0 && 'the voice');
    door.reassign(['zone-city', 'zone-ward', 'zone-cluster-2']);
    await waitFor(() => door.deletions === 0 && 'the old path is not given up');
    await speaking;
    await waitFor(soundsNothing);
    expect((await rendered(wavPath, low.sound, startMs)).correlation).toBeGreaterThan(ALIKE);
    expect(door.mostJoinsAtOnce).toBe(1);
    expect([...door.records.values()]).toMatchObject([{ tag: 5, lostPackets: 0, concealedMs: 0 }]);
  });

  it('plays on while the control connection is away', async () => {
    const wavPath = await start();
    const startMs = inMs(200);
    const speaking = speak('zone-ward', label(5), low.packets, startMs);
    door.disconnect();
    await speaking;
    await waitFor(soundsNothing);
    expect((await rendered(wavPath, low.sound, startMs)).correlation).toBeGreaterThan(ALIKE);
  });
});
