import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { findCommand, hasCommand, runCommand } from './run-command.mjs';
import { StepError } from './step-error.mjs';
import { withSystemFolders } from './system-path.mjs';
import { throttle } from './throttle.mjs';

/**
 * @typedef {object} Need
 * @property {string} debian Name of the Debian package that has it.
 * @property {() => boolean} isPresent Looks for the thing itself: it may have come from anywhere.
 */

/** @param {string} debian @param {string} command @returns {Need} */
const program = (debian, command) => ({ debian, isPresent: () => hasCommand(command) });

/** @param {string} debian @param {string} module @returns {Need} */
const library = (debian, module) => ({
  debian,
  isPresent: () => spawnSync('pkg-config', ['--exists', module]).status === 0,
});

/** Transcodes uploaded audio. */
const RUN_NEEDS = [program('ffmpeg', 'ffmpeg')];

/** The server of the log that several nodes share. */
const CLUSTER_NEEDS = [program('redis-server', 'redis-server')];

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A browser with fonts for Vietnamese, a voice for test recordings, a sound server, and the checker of the log's model. */
const TEST_NEEDS = [
  { debian: 'chromium', isPresent: () => findBrowser() !== null },
  { debian: 'fonts-noto-core', isPresent: () => existsSync('/usr/share/fonts/truetype/noto') },
  program('espeak-ng', 'espeak-ng'),
  program('pulseaudio', 'pulseaudio'),
  program('pulseaudio-utils', 'parec'),
  ...CLUSTER_NEEDS,
  // Its models are C programs: it needs a compiler.
  program('spin', 'spin'),
  program('g++', 'cc'),
];

/** What others have built for the same purpose; only a bench that compares with them needs it. */
const PEER_NEEDS = [program('snapserver', 'snapserver'), program('snapclient', 'snapclient')];

/** For building the media worker; only where the official one cannot be downloaded. */
const BUILD_NEEDS = [
  program('g++', 'c++'),
  program('meson', 'meson'),
  program('ninja-build', 'ninja'),
  program('pkg-config', 'pkg-config'),
  program('binutils', 'strip'),
  program('flatbuffers-compiler', 'flatc'),
  library('libssl-dev', 'openssl'),
  library('libuv1-dev', 'libuv'),
  library('libsrtp2-dev', 'libsrtp2'),
  // Unpacks Debian's source packages; where there is no apt-get there are none.
  { debian: 'dpkg-dev', isPresent: () => hasCommand('dpkg-source') || !hasCommand('apt-get') },
  library('libflatbuffers-dev', 'flatbuffers'),
];

/** @returns {string | null} Path of a Chromium or Chrome. */
export const findBrowser = () => {
  for (const command of BROWSERS) {
    const path = findCommand(command);
    if (path !== null) return path;
  }
  return null;
};

/**
 * Debian packages that have to be installed before the rest can work.
 * @param {{ forTest: boolean, forCluster: boolean, forBuild: boolean, forPeers?: boolean }} purpose
 */
export const missingPackages = ({ forTest, forCluster, forBuild, forPeers = false }) =>
  [
    ...RUN_NEEDS,
    ...(forTest ? TEST_NEEDS : forCluster ? CLUSTER_NEEDS : []),
    ...(forBuild ? BUILD_NEEDS : []),
    ...(forPeers ? PEER_NEEDS : []),
  ]
    .filter(({ isPresent }) => !isPresent())
    .map(({ debian }) => debian);

const APT_OPTIONS = ['-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
const APT_ADVICE = "Check the network and Debian's package sources (/etc/apt), then run the same command again.";

const hasPackageLists = () => {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.endsWith('_Packages') || name.endsWith('.lz4'));
  } catch {
    return false;
  }
};

/**
 * Installs Debian packages as root; anybody else gets the one line to copy.
 * @param {readonly string[]} packages
 * @param {(line: string) => void} say
 */
export const installPackages = async (packages, say) => {
  const line = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!hasCommand('apt-get')) {
    throw new StepError(
      `this machine has no apt-get, and lacks what these Debian packages have: ${packages.join(' ')}`,
      "Install the same things with your system's own package manager, then run the same command again.",
    );
  }
  if (process.getuid?.() !== 0) {
    throw new StepError(
      `these Debian packages are missing and only root can install them: ${packages.join(' ')}`,
      `Copy this line, then run the same command again:\n\n    sudo sh -c '${line}'\n`,
    );
  }
  say(`sẽ cài · to be installed: ${packages.join(' ')}`);
  const path = withSystemFolders(process.env.PATH);
  const env = { ...process.env, PATH: path, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const sayNowAndThen = throttle(say);
  /** @param {readonly string[]} parameters */
  const apt = (parameters) =>
    runCommand('apt-get', parameters, {
      env,
      advice: APT_ADVICE,
      onLine: (text) => {
        if (/^(E:|W:|\d+ upgraded)/.test(text)) say(text);
        else if (/^(Get:|Unpacking|Setting up)/.test(text)) sayNowAndThen(text);
      },
    });
  const install = () => apt(['install', ...APT_OPTIONS, ...packages]);
  if (hasPackageLists()) {
    // Lists that are older than the archive name files that are gone; then new lists help, and only then are needed.
    const installed = await install().then(
      () => true,
      () => false,
    );
    if (installed) return;
  }
  say('apt-get update');
  await apt(['update']);
  await install();
};
