import type { Answer } from '../../link/messages.ts';
import type { LoopDelay } from '../../monitoring/loop-delay.ts';
import type { ReceivedPackets } from '../live/packet-tally.ts';
import type { PeerClockDistance } from '../peers/peers.ts';
import type { MetricName } from './catalogue.ts';

export type PumpFigures = Answer<'stats'>;

/** What a node knows of itself at the moment of a scrape. */
export interface NodeFacts {
  /** Null: the pump does not answer. */
  readonly pump: PumpFigures | null;
  readonly receivers: { readonly installed: number; readonly online: number; readonly packets: ReceivedPackets };
  readonly peerClocks: readonly PeerClockDistance[];
  readonly unstoredEvents: number;
  readonly unstoredRefusals: number;
  readonly doorLoopDelayMs: LoopDelay;
}

export interface Sample {
  readonly name: MetricName;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

const toSeconds = (ms: number) => ms / 1_000;
const sample = (name: MetricName, value: number): Sample => ({ name, value });
/** What there is none of is left out. */
const age = (name: MetricName, ms: number | null): Sample[] => (ms === null ? [] : [sample(name, toSeconds(ms))]);

const clockSamples = ({ node: peer, offsetMs, errorMs }: PeerClockDistance): Sample[] => [
  { name: 'loa_peer_clock_offset_seconds', value: toSeconds(offsetMs), labels: { peer } },
  { name: 'loa_peer_clock_error_seconds', value: toSeconds(errorMs), labels: { peer } },
];

const lineSamples = ({ peer, received, lost, roundTripMs }: PumpFigures['lines'][number]): Sample[] => [
  { name: 'loa_peer_line_packets_received_total', value: received, labels: { peer } },
  { name: 'loa_peer_line_packets_lost_total', value: lost, labels: { peer } },
  ...age('loa_peer_line_round_trip_seconds', roundTripMs).map((known) => ({ ...known, labels: { peer } })),
];

function pumpSamples(pump: PumpFigures): Sample[] {
  const { leases, workers, capacity, loopDelayMs } = pump;
  return [
    { name: 'loa_pump_info', value: 1, labels: { node: pump.node, run: pump.run } },
    sample('loa_buses', pump.buses),
    sample('loa_bus_packets_sent_total', pump.busPackets),
    sample('loa_output_streams', pump.outputStreams),
    sample('loa_programs', pump.programs),
    sample('loa_paths', pump.paths),
    sample('loa_second_paths', pump.secondPaths),
    sample('loa_places', capacity.places),
    sample('loa_places_taken', pump.placesTaken),
    sample('loa_full', Number(pump.full)),
    sample('loa_media_packet_cost_seconds', capacity.packetCostUs / 1e6),
    sample('loa_media_packet_cost_measurements_total', capacity.measurements),
    sample('loa_pump_cpu_share', capacity.pumpShare),
    sample('loa_sources', pump.sources),
    sample('loa_sources_connected', pump.connectedSources),
    sample('loa_source_packets_dropped_total', pump.droppedPackets),
    sample('loa_log_version', pump.version),
    sample('loa_log_up', Number(pump.logReachable)),
    sample('loa_leases_held', leases.held),
    ...age('loa_lease_oldest_age_seconds', leases.oldestMs),
    ...age('loa_lease_unconfirmed_seconds', leases.unconfirmedMs),
    sample('loa_peers', pump.peers),
    sample('loa_peer_lines_up', pump.linesUp),
    ...pump.lines.flatMap(lineSamples),
    sample('loa_media_workers_wanted', workers.wanted),
    sample('loa_media_workers_alive', workers.alive),
    sample('loa_media_worker_restarts_total', workers.died),
    sample('loa_media_packets_sent_total', workers.packets),
    sample('loa_pump_loop_delay_p50_seconds', toSeconds(loopDelayMs.p50)),
    sample('loa_pump_loop_delay_p999_seconds', toSeconds(loopDelayMs.p999)),
    sample('loa_pump_loop_delay_max_seconds', toSeconds(loopDelayMs.max)),
  ];
}

/** What a scrape tells of these facts: nothing of a pump that is silent, except that it is. */
export function toSamples({
  pump,
  receivers,
  peerClocks,
  unstoredEvents,
  unstoredRefusals,
  doorLoopDelayMs,
}: NodeFacts): Sample[] {
  return [
    sample('loa_pump_up', pump ? 1 : 0),
    // Without its pump this node has no clock to compare others with.
    ...(pump ? [...pumpSamples(pump), ...peerClocks.flatMap(clockSamples)] : []),
    sample('loa_receivers_installed', receivers.installed),
    sample('loa_receivers_online', receivers.online),
    sample('loa_receiver_packets_received_total', receivers.packets.received),
    sample('loa_receiver_packets_lost_total', receivers.packets.lost),
    sample('loa_unstored_events', unstoredEvents),
    sample('loa_unstored_refusals', unstoredRefusals),
    sample('loa_door_loop_delay_p50_seconds', toSeconds(doorLoopDelayMs.p50)),
    sample('loa_door_loop_delay_p999_seconds', toSeconds(doorLoopDelayMs.p999)),
    sample('loa_door_loop_delay_max_seconds', toSeconds(doorLoopDelayMs.max)),
  ];
}
