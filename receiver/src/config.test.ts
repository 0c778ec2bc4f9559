import { describe, expect, it } from 'vitest';
import { readReceiverConfig } from './config.ts';

const GOOD = { RECEIVER_ZONE: '26506', RECEIVER_TOKEN: 'a-token-of-this-installation' };

describe('settings', () => {
  it('has defaults for everything but the zone and the token', () => {
    const config = readReceiverConfig(GOOD);
    expect(config).toMatchObject({
      id: 'receiver-26506',
      doorUrl: 'http://127.0.0.1:3001',
      sink: 'auto',
      alsaDevice: 'default',
      calibrationMs: 0,
      delayMs: null,
      tracePath: null,
      secondPath: true,
      fleet: null,
    });
    expect(config.wavPath.startsWith(config.dataDir)).toBe(true);
  });

  it('names every mistake at once', () => {
    const wrong = {
      RECEIVER_SINK: 'gramophone',
      RECEIVER_DELAY_MS: '1',
      RECEIVER_SECOND_PATH: 'maybe',
      RECEIVER_CALIBRATION_MS: '501',
      RECEIVER_DOOR_URL: 'ftp://x',
      LOG_LEVEL: 'loud',
    };
    const read = (): unknown => readReceiverConfig(wrong, ['--fleet', 'many']);
    for (const name of [...Object.keys(wrong), 'RECEIVER_ZONE', '--fleet']) expect(read).toThrow(name);
  });

  it('says which token file cannot be read, and never the token', () => {
    const environment = { RECEIVER_ZONE: 'x', RECEIVER_TOKEN_FILE: '/nonexistent/token' };
    expect(() => readReceiverConfig(environment)).toThrow('RECEIVER_TOKEN_FILE');
  });

  it('PO40: can be told to hold one path only', () => {
    expect(readReceiverConfig({ ...GOOD, RECEIVER_SECOND_PATH: 'no' }).secondPath).toBe(false);
  });

  it('PO36: takes a calibration either way', () => {
    const read = (text: string) => readReceiverConfig({ ...GOOD, RECEIVER_CALIBRATION_MS: text }).calibrationMs;
    expect(['', '-500', '12.5'].map(read)).toEqual([0, -500, 12.5]);
    expect(() => read('far')).toThrow('RECEIVER_CALIBRATION_MS');
  });

  it('takes the number of a fleet', () => {
    expect(readReceiverConfig(GOOD, ['--fleet', '200']).fleet).toBe(200);
  });
});
