// Ends with 0 when this machine's own web address answers well: `check-http.mjs SETTING_OF_THE_PORT default /path`.
const [setting = '', fallback = '', path = '/'] = process.argv.slice(2);
const TIMEOUT_MS = 4_000;

try {
  const url = `http://127.0.0.1:${process.env[setting] || fallback}${path}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' });
  if (answer.status >= 400) throw new Error(`${url} answers ${answer.status}`);
} catch (error) {
  console.error(error instanceof Error ? (error.cause ?? error) : error);
  process.exitCode = 1;
}
