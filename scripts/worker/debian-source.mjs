import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCommand, runCommand } from '../setup/run-command.mjs';

/** The package sources that this machine already trusts, as lines that name their source packages. */
const sourceLines = () => {
  const format = 'deb-src $(SITE) $(RELEASE) $(COMPONENT)';
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
    encoding: 'utf8',
  });
  return [...new Set(stdout.split('\n').filter((line) => line.startsWith('deb-src ')))];
};

/** @param {string} debianPackage @returns {string | null} The version of it that is installed. */
const installedVersion = (debianPackage) => {
  const { status, stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Version}', debianPackage], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
};

/**
 * Fetches and unpacks the source of an installed Debian package, checked by apt against the keys that this machine
 * trusts. Uses lists of its own, so the machine's package sources stay as they are.
 * @param {{ sourcePackage: string, installedAs: string, workDir: string, target: string }} parts
 * @returns {Promise<boolean>} Whether `target` now holds it; there are machines and mirrors without source packages.
 */
export const fetchDebianSource = async ({ sourcePackage, installedAs, workDir, target }) => {
  const version = hasCommand('apt-get') && hasCommand('dpkg-source') ? installedVersion(installedAs) : null;
  if (version === null) return false;
  const folder = join(workDir, `${sourcePackage}-source`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(folder, 'unpack'));
  const list = join(folder, 'sources.list');
  writeFileSync(list, `${sourceLines().join('\n')}\n`);
  const options = [`Dir::Etc::sourcelist=${list}`, 'Dir::Etc::sourceparts=/dev/null', 'APT::Sandbox::User=root'].concat(
    [`Dir::State::lists=${join(folder, 'lists')}`, `Dir::Cache=${folder}`],
  );
  /** @param {readonly string[]} parameters */
  const apt = (parameters) =>
    runCommand('apt-get', [...options.flatMap((option) => ['-o', option]), ...parameters], {
      cwd: join(folder, 'unpack'),
      env: { ...process.env, LC_ALL: 'C' },
      advice: '',
    }).then(
      () => true,
      () => false,
    );
  // One source that has no source packages fails the whole update, though the others were read: the next line decides.
  await apt(['update']);
  if (!(await apt(['source', `${sourcePackage}=${version}`]))) return false;
  const unpacked = readdirSync(join(folder, 'unpack'), { withFileTypes: true }).find((entry) => entry.isDirectory());
  if (unpacked === undefined) return false;
  renameSync(join(folder, 'unpack', unpacked.name), target);
  rmSync(folder, { recursive: true, force: true });
  return true;
};
