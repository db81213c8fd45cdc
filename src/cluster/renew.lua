-- A node says that it lives, and the primary renews its lease. KEYS: meta, its own key. ARGV: run, lease in ms, what it says
-- of itself, how long that holds in ms, the fingerprint of its secret, "leads" if it is the primary.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local secret = redis.call('HGET', KEYS[1], 'fingerprint')
if secret and secret ~= ARGV[5] then return {'SECRET'} end
local said = redis.call('HGET', KEYS[2], 'run')
if said and said ~= ARGV[1] then return {'TAKEN'} end
redis.call('HSET', KEYS[2], 'run', ARGV[1], 'says', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
local m = redis.call('HMGET', KEYS[1], 'run', 'until', 'node', 'address', 'log', 'n')
local ends = tonumber(m[2] or 0)
local lease = m[2] == '0' and 'RESIGNED' or ends > now and 'HELD' or 'OVER'
if m[1] == ARGV[1] and ARGV[6] == 'leads' then redis.call('HSET', KEYS[1], 'until', now + ARGV[2]) end
return {m[1] == ARGV[1] and 'PRIMARY' or 'OTHER', m[3] or '', m[4] or '', m[5] or '', tonumber(m[6] or 0), lease, ends}
