import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { METRIC_NAMES, METRICS } from './catalogue.ts';
import { createExposition } from './exposition.ts';
import { type NodeFacts, type PumpFigures, toSamples } from './to-samples.ts';

const PUMP: PumpFigures = {
  run: 'a-run',
  node: 'node-a',
  version: 41,
  logReachable: true,
  buses: 18,
  busPackets: 1_234,
  outputStreams: 4,
  sources: 3,
  connectedSources: 2,
  droppedPackets: 5,
  paths: 6,
  secondPaths: 2,
  placesTaken: 5,
  full: true,
  capacity: { packetCostUs: 12.5, measurements: 8, places: 5, pumpShare: 0.25 },
  programs: 1,
  leases: { held: 2, oldestMs: 90_000, unconfirmedMs: 250 },
  peers: 1,
  linesUp: 1,
  lines: [{ peer: 'node-b', received: 600, lost: 3, roundTripMs: 1.5 }],
  workers: { wanted: 2, alive: 1, died: 4, packets: 70_000 },
  loopDelayMs: { p50: 0.5, p999: 7.4, max: 13 },
};
const FACTS: NodeFacts = {
  pump: PUMP,
  receivers: { installed: 239, online: 3, packets: { received: 900, lost: 9 } },
  peerClocks: [{ node: 'node-b', offsetMs: -3, errorMs: 6 }],
  unstoredEvents: 7,
  unstoredRefusals: 2,
  doorLoopDelayMs: { p50: 0, p999: 20, max: 1_500 },
};
const valuesOf = (facts: NodeFacts) => Object.fromEntries(toSamples(facts).map(({ name, value }) => [name, value]));

describe('what a scrape tells', () => {
  it('is every metric of the catalogue, each once', () => {
    expect(
      toSamples(FACTS)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...METRIC_NAMES].sort());
  });

  it('is in base units', () => {
    expect(valuesOf(FACTS)).toMatchObject({
      loa_pump_up: 1,
      loa_log_up: 1,
      loa_log_version: 41,
      loa_second_paths: 2,
      loa_places: 5,
      loa_places_taken: 5,
      loa_full: 1,
      loa_media_packet_cost_seconds: 0.0000125,
      loa_media_packets_sent_total: 70_000,
      loa_pump_cpu_share: 0.25,
      loa_peer_line_packets_received_total: 600,
      loa_peer_line_packets_lost_total: 3,
      loa_peer_line_round_trip_seconds: 0.0015,
      loa_bus_packets_sent_total: 1_234,
      loa_source_packets_dropped_total: 5,
      loa_lease_oldest_age_seconds: 90,
      loa_lease_unconfirmed_seconds: 0.25,
      loa_media_workers_alive: 1,
      loa_media_worker_restarts_total: 4,
      loa_pump_loop_delay_p999_seconds: 0.0074,
      loa_door_loop_delay_max_seconds: 1.5,
      loa_receivers_online: 3,
      loa_receiver_packets_lost_total: 9,
      loa_peer_clock_offset_seconds: -0.003,
      loa_peer_clock_error_seconds: 0.006,
      loa_unstored_events: 7,
    });
  });

  it('of a pump that is silent is that it is silent, and what the door knows itself', () => {
    const values = valuesOf({ ...FACTS, pump: null });
    expect(values).toMatchObject({ loa_pump_up: 0, loa_receivers_installed: 239, loa_unstored_events: 7 });
    expect(
      Object.keys(values).filter((name) =>
        /bus|output|program|path|place|full|source|log|lease|peer|media|pump_/.test(name),
      ),
    ).toEqual(['loa_pump_up']);
  });

  it('of a line whose round trip nobody has told is what came over it', () => {
    const lines = [{ peer: 'node-b', received: 1, lost: 0, roundTripMs: null }];
    const names = toSamples({ ...FACTS, pump: { ...PUMP, lines } }).map(({ name }) => name);
    expect(names).toContain('loa_peer_line_packets_lost_total');
    expect(names).not.toContain('loa_peer_line_round_trip_seconds');
  });

  it('of leases that there are none of is their number only', () => {
    const values = valuesOf({ ...FACTS, pump: { ...PUMP, leases: { held: 0, oldestMs: null, unconfirmedMs: null } } });
    expect(values).toMatchObject({ loa_leases_held: 0 });
    expect(Object.keys(values).filter((name) => name.startsWith('loa_lease_'))).toEqual([]);
  });
});

describe('the page that Prometheus reads', () => {
  it('has name, type and help of each, as Prometheus wants them', async () => {
    const page = await createExposition(new Registry()).write(toSamples(FACTS));
    for (const name of METRIC_NAMES) {
      const { type, help } = METRICS[name];
      expect(page).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
      expect(name.endsWith('_total')).toBe(type === 'counter');
    }
    expect(page).toContain('loa_pump_info{node="node-a",run="a-run"} 1\n');
    expect(page).toContain('loa_peer_clock_offset_seconds{peer="node-b"} -0.003\n');
    expect(page).toContain('loa_pump_loop_delay_p999_seconds 0.0074\n');
  });

  it('says the newest only: nothing is added up, nothing stays of a pump that went away', async () => {
    const exposition = createExposition(new Registry());
    await exposition.write(toSamples(FACTS));
    const again = await exposition.write(toSamples({ ...FACTS, pump: { ...PUMP, run: 'another', busPackets: 3 } }));
    expect(again).toContain('\nloa_bus_packets_sent_total 3\n');
    expect(again).not.toContain('a-run');
    const away = await exposition.write(toSamples({ ...FACTS, pump: null }));
    expect(away).toContain('\nloa_pump_up 0\n');
    expect(away).not.toMatch(/^loa_(buses|pump_info|log_version)/m);
  });

  it('counts from nothing as a zero, which is no absence', async () => {
    const page = await createExposition(new Registry()).write(
      toSamples({ ...FACTS, pump: { ...PUMP, busPackets: 0 } }),
    );
    expect(page).toContain('\nloa_bus_packets_sent_total 0\n');
  });
});
