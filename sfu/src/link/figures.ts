import { z } from 'zod';
import { nodeIdSchema } from '../config/node-name.ts';

const countSchema = z.number().int().nonnegative();
const delaySchema = z.number().nonnegative();

const workersSchema = z.object({
  wanted: countSchema,
  alive: countSchema,
  /** Those that died since the pump's start. */
  died: countSchema,
  /** Packets that they were given to send since then, once for each consumer. */
  packets: countSchema,
});

const leasesSchema = z.object({
  held: countSchema,
  /** Since the oldest was taken, ms; null: none is held. */
  oldestMs: delaySchema.nullable(),
  /** Since Redis confirmed the one that it confirmed longest ago, ms; null: none is held. */
  unconfirmedMs: delaySchema.nullable(),
});
export type LeaseFigures = z.infer<typeof leasesSchema>;

const capacitySchema = z.object({
  /** What a packet costs a media worker, µs: measured, or where it was not yet, the value to begin with. */
  packetCostUs: z.number().positive(),
  /** Looks at a worker that told something; 0: nothing was measured by this process. */
  measurements: countSchema,
  /** Listeners that this node takes now. */
  places: countSchema,
  /** Share of a core that the pump's thread used at the last look. */
  pumpShare: z.number().nonnegative(),
});
export type CapacityFigures = z.infer<typeof capacitySchema>;

/** ND61: what came over the line from another node. */
const lineSchema = z.object({
  peer: nodeIdSchema,
  received: countSchema,
  /** Also after they were asked for again. */
  lost: countSchema,
  roundTripMs: delaySchema.nullable(),
});
export type LineFigures = z.infer<typeof lineSchema>;

/** Whether a node can do its work. */
export const healthSchema = z.object({
  logReachable: z.boolean(),
  workers: workersSchema.pick({ wanted: true, alive: true }),
  /** Listeners that it has and could have; `full`: further ones are refused. */
  places: z.object({ max: countSchema, taken: countSchema, full: z.boolean() }),
});

/** Figures of a node. */
export const figuresSchema = z.object({
  run: z.string(),
  node: z.string(),
  version: countSchema,
  logReachable: z.boolean(),
  buses: countSchema,
  /** Since the pump's start, as all packets here. */
  busPackets: countSchema,
  /** Streams that are written for people online. */
  outputStreams: countSchema,
  sources: countSchema,
  /** Those that speak. */
  connectedSources: countSchema,
  /** Packets of sources that were not taken: too many, too old or no sound. */
  droppedPackets: countSchema,
  /** Of all kinds; `secondPaths` of them are second ones (ND20). */
  paths: countSchema,
  secondPaths: countSchema,
  /** First paths, those that are being opened included. */
  placesTaken: countSchema,
  /** Further listeners are refused. */
  full: z.boolean(),
  capacity: capacitySchema,
  programs: countSchema,
  leases: leasesSchema,
  /** Other nodes that are there, and lines to them that are up. */
  peers: countSchema,
  linesUp: countSchema,
  lines: z.array(lineSchema),
  workers: workersSchema,
  loopDelayMs: z.object({ p50: delaySchema, p999: delaySchema, max: delaySchema }),
});
