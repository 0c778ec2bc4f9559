import { z } from 'zod';

const countSchema = z.number().int().nonnegative();
const delaySchema = z.number().nonnegative();

const workersSchema = z.object({
  wanted: countSchema,
  alive: countSchema,
  /** Those that died since the pump's start. */
  died: countSchema,
});

const leasesSchema = z.object({
  held: countSchema,
  /** Since the oldest was taken, ms; null: none is held. */
  oldestMs: delaySchema.nullable(),
  /** Since Redis confirmed the one that it confirmed longest ago, ms; null: none is held. */
  unconfirmedMs: delaySchema.nullable(),
});
export type LeaseFigures = z.infer<typeof leasesSchema>;

/** Whether a node can do its work. */
export const healthSchema = z.object({
  logReachable: z.boolean(),
  workers: workersSchema.pick({ wanted: true, alive: true }),
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
  programs: countSchema,
  leases: leasesSchema,
  /** Other nodes that are there, and lines to them that are up. */
  peers: countSchema,
  linesUp: countSchema,
  workers: workersSchema,
  loopDelayMs: z.object({ p50: delaySchema, p999: delaySchema, max: delaySchema }),
});
