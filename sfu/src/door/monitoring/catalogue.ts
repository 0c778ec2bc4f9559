/** A counter only grows until its process begins anew; a gauge is what it is. */
export type MetricType = 'counter' | 'gauge';

interface Metric {
  readonly type: MetricType;
  /** One line that Prometheus shows. */
  readonly help: string;
  readonly labels?: readonly string[];
}

/**
 * All that `GET /metrics` tells, in base units (seconds, packets). The table in docs/METRICS.md and the dashboard name these;
 * tests compare. What the pump would have to say is absent while it does not answer: a zero would be a lie.
 */
export const METRICS = {
  loa_pump_up: {
    type: 'gauge',
    help: '1 while the pump answers this door, else 0 and all other figures of the pump are absent',
  },
  loa_pump_info: {
    type: 'gauge',
    help: 'Always 1; the name of the node and the run of its pump',
    labels: ['node', 'run'],
  },
  loa_buses: { type: 'gauge', help: 'Zones that somebody can listen to on this node' },
  loa_bus_packets_sent_total: { type: 'counter', help: 'Packets written to buses, once for each media router' },
  loa_output_streams: {
    type: 'gauge',
    help: 'Streams written for people online: zones, once for each payload type and media worker',
  },
  loa_programs: { type: 'gauge', help: 'Broadcasts that are on air on this node' },
  loa_paths: { type: 'gauge', help: 'WHEP sessions of receivers and listeners' },
  loa_second_paths: { type: 'gauge', help: 'Those of them that are second paths, for emergencies only' },
  loa_places: { type: 'gauge', help: 'Listeners that this node takes now, as measured or set' },
  loa_places_taken: { type: 'gauge', help: 'Places that have a listener; second paths give theirs' },
  loa_full: { type: 'gauge', help: '1 while this node refuses further listeners; it serves those that it has' },
  loa_media_packet_cost_seconds: {
    type: 'gauge',
    help: 'Processor time of a media worker for a packet, smoothed; a value to begin with until it is measured',
  },
  loa_media_packet_cost_measurements_total: { type: 'counter', help: 'Measurements of it that were good enough' },
  loa_pump_cpu_share: { type: 'gauge', help: 'Share of a core that the thread of the pump uses' },
  loa_sources: { type: 'gauge', help: 'WHIP sessions' },
  loa_sources_connected: { type: 'gauge', help: 'WHIP sessions from which packets come' },
  loa_source_packets_dropped_total: {
    type: 'counter',
    help: 'Packets of sources that were not taken: too many, too old or no sound',
  },
  loa_log_version: { type: 'gauge', help: 'Version of the last event that this node has folded' },
  loa_log_up: { type: 'gauge', help: '1 while the event log takes decisions, 0 while it is away' },
  loa_leases_held: { type: 'gauge', help: 'Leases of sources and stored programmes that this node keeps' },
  loa_lease_oldest_age_seconds: {
    type: 'gauge',
    help: 'Since the oldest of these leases was taken; absent without leases',
  },
  loa_lease_unconfirmed_seconds: {
    type: 'gauge',
    help: 'Since Redis confirmed the lease that it confirmed longest ago; absent without leases',
  },
  loa_peers: { type: 'gauge', help: 'Other nodes that are there' },
  loa_peer_lines_up: { type: 'gauge', help: 'Other nodes from which something comes over the line for sound' },
  loa_peer_line_packets_received_total: {
    type: 'counter',
    help: 'Packets that came over the line for sound from another node, signs of life included',
    labels: ['peer'],
  },
  loa_peer_line_packets_lost_total: {
    type: 'counter',
    help: 'Packets that did not come over it within a second, although they were asked for again',
    labels: ['peer'],
  },
  loa_peer_line_round_trip_seconds: {
    type: 'gauge',
    help: 'To the other node and back over this line; absent while it is not known',
    labels: ['peer'],
  },
  loa_peer_clock_offset_seconds: {
    type: 'gauge',
    help: 'Clock of another node minus that of this one; absent while it is not known',
    labels: ['peer'],
  },
  loa_peer_clock_error_seconds: { type: 'gauge', help: 'How far this offset may be wrong', labels: ['peer'] },
  loa_media_workers_wanted: { type: 'gauge', help: 'Media workers that this node is set up to run' },
  loa_media_workers_alive: { type: 'gauge', help: 'Media workers that run' },
  loa_media_worker_restarts_total: {
    type: 'counter',
    help: 'Media workers that died, or hung and were killed; each is replaced',
  },
  loa_media_packets_sent_total: {
    type: 'counter',
    help: 'Packets that media workers were given to send, once for each listener',
  },
  loa_pump_loop_delay_p50_seconds: {
    type: 'gauge',
    help: 'Median delay of the event loop of the pump since the last scrape',
  },
  loa_pump_loop_delay_p999_seconds: { type: 'gauge', help: '99.9th percentile of the same' },
  loa_pump_loop_delay_max_seconds: { type: 'gauge', help: 'Maximum of the same' },
  loa_receivers_installed: { type: 'gauge', help: 'Receivers that are in the list of the network' },
  loa_receivers_online: { type: 'gauge', help: 'Receivers that are connected to this door' },
  loa_receiver_packets_received_total: { type: 'counter', help: 'Packets that receivers of this door say they got' },
  loa_receiver_packets_lost_total: { type: 'counter', help: 'Packets that receivers of this door say they missed' },
  loa_unstored_events: { type: 'gauge', help: 'Events that wait for the database' },
  loa_unstored_refusals: { type: 'gauge', help: 'Refusals that wait for the database' },
  loa_door_loop_delay_p50_seconds: {
    type: 'gauge',
    help: 'Median delay of the event loop of the door since the last scrape',
  },
  loa_door_loop_delay_p999_seconds: { type: 'gauge', help: '99.9th percentile of the same' },
  loa_door_loop_delay_max_seconds: { type: 'gauge', help: 'Maximum of the same' },
} as const satisfies Record<`loa_${string}`, Metric>;

export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];
