// Type-checks the studio by its own script; npm finds the workspace and its tools.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync('npm', ['run', 'check', '-w', '@loa/studio', '--silent'], { stdio: 'inherit' });
process.exitCode = status ?? 1;
