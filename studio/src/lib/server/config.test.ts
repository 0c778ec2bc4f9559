import { describe, expect, test } from 'vitest';
import { doorUrlFor, readSettings } from './config.ts';

describe('settings', () => {
  test('the door is on this machine unless a setting says otherwise', () => {
    expect(readSettings({}).doorUrls).toEqual(['http://127.0.0.1:3001']);
    expect(readSettings({ STUDIO_DOOR_URL: 'https://door.example/' }).doorUrls).toEqual(['https://door.example']);
  });

  test('doors of other nodes come after it, each once', () => {
    const settings = {
      STUDIO_DOOR_URL: 'https://a.example',
      STUDIO_OTHER_DOOR_URLS: 'https://b.example/, https://a.example,',
    };
    expect(readSettings(settings).doorUrls).toEqual(['https://a.example', 'https://b.example']);
  });

  test('a mistake names the setting', () => {
    expect(() => readSettings({ STUDIO_DOOR_URL: 'door:3001' })).toThrow(/STUDIO_DOOR_URL/);
    expect(() => readSettings({ STUDIO_OTHER_DOOR_URLS: '*' })).toThrow(/STUDIO_OTHER_DOOR_URLS/);
  });
});

describe('the door as a page reaches it', () => {
  test('a page on this machine keeps the configured address, whatever it calls the machine', () => {
    expect(doorUrlFor('http://127.0.0.1:3001', 'localhost')).toBe('http://127.0.0.1:3001');
    expect(doorUrlFor('http://127.0.0.1:3001', '127.0.0.1')).toBe('http://127.0.0.1:3001');
  });

  test('a page from another machine asks the machine it came from', () => {
    expect(doorUrlFor('http://127.0.0.1:3001', '192.0.2.7')).toBe('http://192.0.2.7:3001');
  });

  test('a door with a name of its own keeps it', () => {
    expect(doorUrlFor('https://door.example', '192.0.2.7')).toBe('https://door.example');
  });
});
