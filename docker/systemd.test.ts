import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RECEIVER_COMMAND } from '../receiver/src/command.ts';
import { PUMP_HUNG_LIMITS } from '../sfu/src/guard/pump-link-watch.ts';
import { readText, ROOT } from './test/compose-file.ts';

/** The keys of a unit file with their values, by section: a key may come several times. */
function readUnit(name: string): Map<string, Map<string, string[]>> {
  const sections = new Map<string, Map<string, string[]>>();
  let keys = new Map<string, string[]>();
  for (const line of readText('docker', 'systemd', `loa-${name}.service`).split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const section = /^\[(\w+)\]$/.exec(line)?.[1];
    if (section) sections.set(section, (keys = new Map()));
    else {
      const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
      if (key === '') throw new Error(`loa-${name}.service: not a setting: ${line}`);
      keys.set(key, [...(keys.get(key) ?? []), value]);
    }
  }
  return sections;
}

const UNITS = ['pump', 'door', 'studio', 'receiver'] as const;

describe.each(UNITS)('loa-%s.service', (name) => {
  const unit = readUnit(name);
  const service = unit.get('Service') ?? new Map<string, string[]>();
  const only = (key: string) => service.get(key)?.join(' | ');

  it('is started again for ever, in longer and longer pauses', () => {
    expect([only('Restart'), unit.get('Unit')?.get('StartLimitIntervalSec')]).toEqual(['always', ['0']]);
    expect(service.has('RestartSec') && service.has('RestartSteps') && service.has('RestartMaxDelaySec')).toBe(true);
    expect(unit.get('Install')?.get('WantedBy')).toEqual(['multi-user.target']);
  });

  it('a signal to its group does not end what works for it: it is asked first', () => {
    expect(only('KillMode')).toBe('mixed');
    expect(service.has('TimeoutStopSec')).toBe(true);
  });

  it('has no more rights than it needs, and a user of its own', () => {
    for (const [key, value] of Object.entries({
      NoNewPrivileges: 'yes',
      ProtectSystem: 'strict',
      ProtectHome: 'yes',
      PrivateTmp: 'yes',
      CapabilityBoundingSet: '',
    }))
      expect([key, only(key)]).toEqual([key, value]);
    expect(only('DynamicUser') === 'yes' || (only('User') ?? 'root') !== 'root').toBe(true);
    expect(Number(only('LimitNOFILE'))).toBeGreaterThanOrEqual(4_096);
  });

  it('starts programs that there are, and keeps data where it may write', () => {
    for (const command of [...(service.get('ExecStart') ?? []), ...(service.get('ExecStartPre') ?? [])]) {
      const [program, script = ''] = command.split(' ').filter((word) => !word.startsWith('--'));
      expect(program).toBe('/opt/loa/node_modules/.bin/node');
      expect(script.startsWith('studio/build/') || existsSync(join(ROOT, script)), script).toBe(true);
    }
    const folder = /_DIR=(\S+)/.exec(only('Environment') ?? '')?.[1];
    if (folder) expect(folder).toBe(`/var/lib/${only('StateDirectory')}`);
  });
});

it('door and pump run as the same user on the same data: only its owner opens the socket between them', () => {
  const [door, pump] = ['door', 'pump'].map((name) => readUnit(name).get('Service'));
  for (const key of ['User', 'Group', 'StateDirectory']) expect(door?.get(key)).toEqual(pump?.get(key));
});

it.each(['door', 'studio', 'receiver'] as const)(
  'loa-%s.service awaits no watchdog: the program feeds none',
  (name) => {
    const service = readUnit(name).get('Service');
    expect([service?.has('WatchdogSec'), service?.get('Type')]).toEqual([false, ['exec']]);
  },
);

it('LV5: the guard of the pump is what runs, is heard, and has more time than it gives the pump', () => {
  const pump = readUnit('pump').get('Service');
  const lines = ['ExecStart', 'Type', 'NotifyAccess', 'WatchdogSignal'].map((key) => pump?.get(key)?.join());
  // One that is stopped takes no other signal.
  expect(lines).toEqual([expect.stringMatching(/ sfu\/src\/guard\/main\.ts$/), 'notify', 'all', 'SIGKILL']);
  const { everyMs, waits } = PUMP_HUNG_LIMITS;
  expect(Number(pump?.get('WatchdogSec')?.join()) * 1_000).toBeGreaterThan(everyMs * waits * 1.5);
});

it('ND40: what stamps, and what keeps records, begins with a clock that is right if somebody sees to it', () => {
  for (const name of ['pump', 'receiver'] as const)
    for (const key of ['After', 'Wants'])
      expect([name, key, readUnit(name).get('Unit')?.get(key)?.join(' ').split(' ')]).toEqual([
        name,
        key,
        expect.arrayContaining(['time-sync.target']),
      ]);
});

it('EL30: the door is started also while the database is away', () => {
  expect(readUnit('door').get('Service')?.get('ExecStartPre')?.join()).toMatch(/prepare-database\.ts --unless-away$/);
});

it('a receiver is started as everywhere', () => {
  const command = readUnit('receiver').get('Service')?.get('ExecStart')?.join();
  expect(command).toBe(['/opt/loa/node_modules/.bin/node', ...RECEIVER_COMMAND].join(' '));
});

it('the pump may raise its priority, as its record of decision says', () => {
  const pump = readUnit('pump').get('Service');
  expect([pump?.get('Nice'), pump?.get('LimitNICE')]).toEqual([['-15'], ['-15']]);
});
