import { spawn } from 'node:child_process';

/** What a tool may write to one of its outputs before the beginning is cut. */
const MAX_TOOL_OUTPUT_BYTES = 1_000_000;

export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onOutput?: (text: string) => void;
}

/** Runs a tool to its end, below everything else on the machine; rejects with its last words when it fails or takes too long. */
export function runTool(command: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  const { timeoutMs, signal, onOutput } = options;
  return new Promise((resolve, reject) => {
    const child = spawn('nice', ['-n', '10', command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      ...(signal ? { signal } : {}),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      onOutput?.(text);
      stdout = (stdout + text).slice(-MAX_TOOL_OUTPUT_BYTES);
    });
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (stderr = (stderr + text).slice(-MAX_TOOL_OUTPUT_BYTES)));
    child.on('error', reject);
    child.on('close', (code, ending) => {
      if (code === 0) resolve({ stdout, stderr });
      else reject(new Error(`${command} ended with ${ending ?? code}: ${stderr.trim().split('\n').at(-1) ?? ''}`));
    });
  });
}
