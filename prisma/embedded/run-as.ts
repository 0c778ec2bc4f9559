import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

/** PostgreSQL refuses to run as root, so under root it runs as this user. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

/** What root's PostgreSQL needs outside the clone, when the clone is closed to its user. */
export const RUNTIME_DIR = '/var/lib/loa';

/** Not just `loa`: that could be a person's login. */
const SERVICE_USER = 'loa-database';

const findUser = (name: string): RunAs | null => {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [found, , uid, gid] = line.split(':');
    if (found === name) return { uid: Number(uid), gid: Number(gid), name };
  }
  return null;
};

const createUser = (): void => {
  const options = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent'];
  const { status, stderr, error } = spawnSync('useradd', [...options, '--shell', '/usr/sbin/nologin', SERVICE_USER]);
  // Somebody else may have created it at the same moment, which is as good.
  if (status === 0 || findUser(SERVICE_USER) !== null) return;
  throw new Error(`cannot create system user ${SERVICE_USER}: ${error?.message ?? stderr.toString().trim()}`);
};

/**
 * The user that PostgreSQL runs as: `null` for "whoever we are". Under root that is the owner of the files that are
 * there already, else a system user, created on first use.
 */
export const chooseRunAs = (clusterDir: string | null): RunAs | null => {
  if (process.getuid?.() !== 0) return null;
  if (clusterDir !== null) {
    const { uid, gid } = statSync(clusterDir);
    if (uid !== 0) return { uid, gid, name: String(uid) };
  }
  if (findUser(SERVICE_USER) === null) createUser();
  const user = findUser(SERVICE_USER);
  if (user === null) throw new Error(`system user ${SERVICE_USER} was created but is not in /etc/passwd`);
  return user;
};

const succeeds = (command: string, parameters: readonly string[], { uid, gid }: RunAs): boolean =>
  spawnSync(command, parameters, { uid, gid, cwd: '/', stdio: 'ignore' }).status === 0;

export const canRun = (program: string, runAs: RunAs): boolean => succeeds(program, ['--version'], runAs);

/** Whether the user can get through every folder down to this one. */
export const canEnter = (folder: string, runAs: RunAs): boolean => succeeds('test', ['-x', folder], runAs);
