import { relative } from 'node:path';
import { DEMO_RECEIVERS } from '@loa/prisma/seed/demo-city';
import { nodesOf } from './nodes.ts';
import { receiverWav } from './programs.ts';
import type { StartSettings } from './settings.ts';

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

export interface Announcement {
  readonly settings: StartSettings;
  readonly withReceivers: boolean;
  /** Folder of the embedded database; null for a server of somebody else's. */
  readonly clusterDir: string | null;
  readonly seconds: number;
}

/** A path below the clone in its short form. */
const toShown = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
};

/** What a person needs to know when everything runs: Vietnamese first. */
export const announceReady = ({ settings, withReceivers, clusterDir, seconds }: Announcement): string => {
  const { studio, publicDoorUrl, dataDir } = settings;
  const others = nodesOf(settings).slice(1);
  const exposed = [settings.door.host, settings.media.host, studio.host].filter((host) => !LOOPBACK.test(host));
  const files = DEMO_RECEIVERS.map(({ id, name }) => `    ${name}: ${toShown(receiverWav(settings, id))}`);
  const lines = [
    '',
    '────────────────────────────────────────────────────────────────────',
    `  LOA ĐÃ SẴN SÀNG · Loa is ready (${seconds.toFixed(1)} s)`,
    '',
    `  Bàn phát thanh · studio:          ${studio.url}`,
    `  Nghe trực tuyến · public listen:  ${studio.url}/nghe`,
    `  API cho máy · machine API:        ${publicDoorUrl}/api/v1/openapi.json`,
    '',
    ...(others.length === 0
      ? []
      : [
          `  Các máy chủ cùng một mạng loa · nodes of one network (Redis ${settings.redis.url}):`,
          `    a: ${studio.url}, ${publicDoorUrl}`,
          ...others.map(
            ({ settings: other, env }) =>
              `    ${String(env['SFU_NODE_ID'])}: ${other.studio.url}, ${other.publicDoorUrl}`,
          ),
          '',
        ]),
    ...(withReceivers
      ? [
          '  Loa mẫu ghi âm thanh vào tệp WAV, mở để nghe · the demo loudspeakers write WAV files, open them to hear:',
          ...files,
          '',
        ]
      : []),
    `  Dữ liệu và nhật ký · data and logs: ${toShown(dataDir)}`,
    ...(clusterDir === null || clusterDir.startsWith(dataDir)
      ? []
      : [
          `  Cơ sở dữ liệu · database:           ${clusterDir}`,
          '    (PostgreSQL không chạy bằng root và không vào được thư mục này · it does not run as root and cannot enter this folder)',
        ]),
    ...(exposed.length === 0
      ? ['  Chỉ máy này truy cập được · reachable from this machine only.']
      : [
          '',
          '  !!! CẢNH BÁO · WARNING !!!',
          `  Đang mở ra mạng · open to the network: ${[...new Set(exposed)].join(', ')}`,
          '  Chưa có tài khoản: ai kết nối được cũng phát được · there are no accounts yet: whoever connects can broadcast.',
        ]),
    '  Dừng: bấm Ctrl-C · stop: press Ctrl-C',
    '────────────────────────────────────────────────────────────────────',
    '',
  ];
  return lines.join('\n');
};
