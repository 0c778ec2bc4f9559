import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const isSupervisor = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes('scripts/start/main.ts');
  } catch {
    return false;
  }
};

/** Takes a data folder for this process; a folder belongs to one running Loa at a time. Returns how to give it back. */
export const claimDataFolder = (dataDir: string): (() => void) => {
  const path = join(dataDir, 'run', 'start.pid');
  mkdirSync(join(dataDir, 'run'), { recursive: true });
  let owner = Number.NaN;
  try {
    owner = Number(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  if (Number.isInteger(owner) && owner !== process.pid && isSupervisor(owner)) {
    throw new Error(
      `Thư mục dữ liệu ${dataDir} đang được dùng · is in use by process ${String(owner)}. ` +
        'Stop that one first, or set LOA_DATA_DIR to another folder.',
    );
  }
  writeFileSync(`${path}.new`, String(process.pid));
  renameSync(`${path}.new`, path);
  return () => {
    rmSync(path, { force: true });
  };
};
