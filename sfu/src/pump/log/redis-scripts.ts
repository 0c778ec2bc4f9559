import { createHash } from 'node:crypto';

/** A script as Redis runs it: as a whole, with nothing in between. The rules are not in Lua; these only compare and write. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** Field names of an entry of the stream; its id is `<version>-0`. */
export const ENTRY = Object.freeze({ event: 'event', hash: 'hash' });

/**
 * EL1, EL9, EL10. KEYS: stream, head, lease. ARGV: expected version and hash, last moment (ms on Redis's clock), token or '', then event
 * and hash of each entry.
 */
export const APPEND = script(`
local head = redis.call('HMGET', KEYS[2], 'version', 'hash')
if not head[1] then return 'missing' end
if head[1] ~= ARGV[1] or head[2] ~= ARGV[2] then return 'conflict' end
local time = redis.call('TIME')
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[3]) then return 'late' end
if ARGV[4] ~= '' and redis.call('GET', KEYS[3]) ~= ARGV[4] then return 'fenced' end
local version = tonumber(ARGV[1])
for i = 5, #ARGV, 2 do
  version = version + 1
  redis.call('XADD', KEYS[1], string.format('%d-0', version), 'event', ARGV[i], 'hash', ARGV[i + 1])
end
redis.call('HSET', KEYS[2], 'version', string.format('%d', version), 'hash', ARGV[#ARGV])
redis.call('PUBLISH', KEYS[1], string.format('%d', version))
return 'ok'
`);

/**
 * Puts a whole log in the place of the one that ends with the expected head ('' for none). KEYS: stream, head, snapshot. ARGV: expected
 * version and hash, version, hash and text of the state, version and hash of the new head, then id, event and hash of each entry.
 */
export const SEED = script(`
local head = redis.call('HMGET', KEYS[2], 'version', 'hash')
if (head[1] or '') ~= ARGV[1] or (head[2] or '') ~= ARGV[2] then return 'conflict' end
redis.call('DEL', KEYS[1], KEYS[3])
for i = 8, #ARGV, 3 do
  redis.call('XADD', KEYS[1], ARGV[i], 'event', ARGV[i + 1], 'hash', ARGV[i + 2])
end
redis.call('HSET', KEYS[2], 'version', ARGV[6], 'hash', ARGV[7])
redis.call('HSET', KEYS[3], 'version', ARGV[3], 'hash', ARGV[4], 'state', ARGV[5])
redis.call('PUBLISH', KEYS[1], ARGV[6])
return 'ok'
`);

/** Whether the log has the event of ARGV[1] with the hash ARGV[2]. KEYS: stream, head. */
const IS_IN_LOG = `
local function isInLog()
  local head = redis.call('HMGET', KEYS[2], 'version', 'hash')
  if head[1] == ARGV[1] then return head[2] == ARGV[2] end
  local entry = redis.call('XRANGE', KEYS[1], ARGV[1] .. '-0', ARGV[1] .. '-0')[1]
  return entry ~= nil and entry[2][4] == ARGV[2]
end
`;

/** EL3: keeps a state when it is newer and of this very log. KEYS: stream, head, snapshot. ARGV: version, hash, text of the state. */
export const STORE_STATE = script(`${IS_IN_LOG}
if not isInLog() then return 'conflict' end
local old = redis.call('HGET', KEYS[3], 'version')
if old and tonumber(old) >= tonumber(ARGV[1]) then return old end
redis.call('HSET', KEYS[3], 'version', ARGV[1], 'hash', ARGV[2], 'state', ARGV[3])
return ARGV[1]
`);

/** EL4. KEYS: stream, head, snapshot, stored. ARGV: version and hash of the last event that the database has, number of events to keep. */
export const TRIM = script(`${IS_IN_LOG}
if not isInLog() then return 'conflict' end
local stored = tonumber(redis.call('GET', KEYS[4]) or '0')
if tonumber(ARGV[1]) > stored then
  stored = tonumber(ARGV[1])
  redis.call('SET', KEYS[4], ARGV[1])
end
local state = tonumber(redis.call('HGET', KEYS[3], 'version') or '0')
local last = math.min(stored, state, tonumber(redis.call('HGET', KEYS[2], 'version')) - tonumber(ARGV[3]))
if last > 0 then redis.call('XTRIM', KEYS[1], 'MINID', '=', string.format('%d-0', last + 1)) end
return string.format('%d', last)
`);
