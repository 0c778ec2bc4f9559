import { join } from 'node:path';
import { keepAccessToken } from '../../sfu/src/door/access-token.ts';
import type { StartSettings } from './settings.ts';

/** Media ports of one node: one for each of its media workers. */
const MEDIA_PORTS_PER_NODE = 100;

/** One sfu with its studio, as the starter runs it. */
export interface StartNode {
  /** Empty for the first one, whose programs have no suffix. */
  readonly suffix: string;
  readonly settings: StartSettings;
  /** Beyond what every node has. */
  readonly env: NodeJS.ProcessEnv;
}

/** The settings of node `index` (0: as they are): a data folder of its own, and the ports after those of the node before. */
function settingsOf(settings: StartSettings, index: number, id: string): StartSettings {
  if (index === 0) return settings;
  const dataDir = join(settings.dataDir, 'nodes', id);
  const moved = (url: string, port: number) =>
    Object.assign(new URL(url), { port: String(port) }).href.replace(/\/$/, '');
  const doorPort = settings.door.port + index;
  const studioPort = settings.studio.port + 10 * index;
  return {
    ...settings,
    dataDir,
    linkPath: join(dataDir, 'run', 'pump.sock'),
    door: { ...settings.door, port: doorPort, url: moved(settings.door.url, doorPort) },
    publicDoorUrl: moved(settings.publicDoorUrl, doorPort),
    media: { ...settings.media, port: settings.media.port + MEDIA_PORTS_PER_NODE * index },
    studio: {
      ...settings.studio,
      port: studioPort,
      url: moved(settings.studio.url, studioPort),
      doorUrl: moved(settings.studio.doorUrl, doorPort),
    },
    // The first one answers for the Redis of all.
    redis: { ...settings.redis, own: null },
    studioOrigins: settings.studioOrigins.replaceAll(`:${settings.studio.port}`, `:${studioPort}`),
  };
}

/** The nodes of this installation, named a, b, … One that is alone needs neither a Redis nor a name. */
export function nodesOf(settings: StartSettings): StartNode[] {
  if (settings.nodes === 1) return [{ suffix: '', settings, env: {} }];
  const accessToken = settings.accessToken ?? keepAccessToken(settings.dataDir);
  const named = Array.from({ length: settings.nodes }, (_, index) => {
    const id = String.fromCharCode('a'.charCodeAt(0) + index);
    return { id, own: settingsOf(settings, index, id) };
  });
  // A page goes to the door of another node when its own is away (ND4): each studio names all doors, each door lets the pages of all studios in.
  const studioOrigins = named.map(({ own }) => own.studioOrigins).join();
  const doorUrls = named.map(({ own }) => own.studio.doorUrl);
  return named.map(({ id, own }, index) => {
    const otherDoorUrls = doorUrls.filter((url) => url !== own.studio.doorUrl).join();
    return {
      suffix: index === 0 ? '' : `-${id}`,
      settings: { ...own, studioOrigins, studio: { ...own.studio, otherDoorUrls } },
      env: { SFU_NODE_ID: id, REDIS_URL: settings.redis.url, SFU_ACCESS_TOKEN: accessToken },
    };
  });
}
