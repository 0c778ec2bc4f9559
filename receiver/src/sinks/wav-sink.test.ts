import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWavSink, previousWavPath } from './wav-sink.ts';

const path = (): string => join(mkdtempSync(join(tmpdir(), 'loa-wav-')), 'deep', 'out.wav');
const SECOND = 48_000;

function dataBytes(file: Buffer): number {
  expect(file.toString('latin1', 0, 4)).toBe('RIFF');
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
  return file.readUInt32LE(40);
}

describe('WAV sink', () => {
  it('can be read while it grows', async () => {
    const at = path();
    const sink = createWavSink(at);
    let written = 0;
    for (let block = 0; block < 50; block += 1) {
      sink.write(new Float32Array(960).fill(0.5), 5_000 + block * 20);
      written += 960 * 2;
      const file = block >= 5 ? readFileSync(at) : null;
      if (file) expect(dataBytes(file)).toBe(file.length - 44);
    }
    await sink.close();
    const file = readFileSync(at);
    expect(dataBytes(file)).toBe(written);
    expect(file.readInt16LE(44)).toBe(Math.round(0.5 * 32_767));
    expect(JSON.parse(readFileSync(`${at}.json`, 'utf8'))).toEqual({ firstSampleServerTimeMs: 5_000 });
  });

  it('puts a full file aside and goes on in a new one', async () => {
    const at = path();
    const sink = createWavSink(at, SECOND * 2);
    for (let block = 0; block < 60; block += 1) sink.write(new Float32Array(960).fill(block / 100), block * 20);
    await sink.close();
    expect(dataBytes(readFileSync(previousWavPath(at)))).toBe(SECOND * 2);
    expect(dataBytes(readFileSync(at))).toBe(10 * 960 * 2);
    expect(JSON.parse(readFileSync(`${at}.json`, 'utf8'))).toEqual({ firstSampleServerTimeMs: 1_000 });
  });

  it('begins a new file when time jumped, so that the first sample still dates every other', async () => {
    const at = path();
    const sink = createWavSink(at);
    sink.write(new Float32Array(4_800), 0);
    sink.write(new Float32Array(4_800), 60_000);
    await sink.close();
    expect(JSON.parse(readFileSync(`${at}.json`, 'utf8'))).toEqual({ firstSampleServerTimeMs: 60_000 });
  });

  it('corrects the time of its first sample when the clock is known better', async () => {
    const at = path();
    const sink = createWavSink(at);
    for (let block = 0; block < 20; block += 1)
      sink.write(new Float32Array(960), 1_000 + block * 20 + (block > 6 ? 4 : 0));
    await sink.close();
    expect(JSON.parse(readFileSync(`${at}.json`, 'utf8'))).toEqual({ firstSampleServerTimeMs: 1_004 });
    expect(dataBytes(readFileSync(at))).toBe(20 * 960 * 2);
  });

  it('goes on and says so when the file cannot be written', () => {
    const sink = createWavSink('/dev/null/out.wav');
    sink.write(new Float32Array(960), 0);
    expect(sink.problem()).toContain('/dev/null/out.wav');
  });

  it('PO17: says when sound went nowhere, leaks nothing meanwhile, and goes on when the disk works again', () => {
    const at = path();
    // The file with the times cannot be written: there is a folder.
    mkdirSync(`${at}.json`, { recursive: true });
    mkdirSync(`${previousWavPath(at)}.json/busy`, { recursive: true });
    const sink = createWavSink(at);
    const before = readdirSync('/proc/self/fd').length;
    for (let attempt = 0; attempt < 50; attempt += 1) {
      expect(sink.write(new Float32Array(960), attempt * 10_000)).toBe(false);
    }
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
    expect(sink.problem()).not.toBeNull();
    for (const folder of [`${at}.json`, `${previousWavPath(at)}.json`])
      rmSync(folder, { recursive: true, force: true });
    expect(sink.write(new Float32Array(960), 1_000_000)).toBe(true);
    expect(sink.problem()).toBeNull();
  });
});
