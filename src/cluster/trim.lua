-- Drops the entries before a number, and notes the last of them: a node that has it can go on.
-- KEYS: meta, log. ARGV: number.
local last = redis.call('XREVRANGE', KEYS[2], string.format('%.0f-18446744073709551615', tonumber(ARGV[1]) - 1), '-', 'COUNT', 1)
if last[1] then redis.call('HSET', KEYS[1], 'trimmed', last[1][1]) end
redis.call('XTRIM', KEYS[2], 'MINID', ARGV[1] .. '-0')
return 1
