-- Whether a node that has the log `mine` up to the entry `at`, which the primary of the term `term` wrote, can go on with
-- what the engine has: 'yes'; 'ahead', the engine has lost the end; or 'no': it is too far behind, or had an end that others
-- have not.
local function place(meta, log, mine, at, term)
  local m = redis.call('HMGET', meta, 'log', 'n', 'last', 'trimmed')
  if m[1] ~= mine then return 'no' end
  local n, last = tonumber(m[2]), tonumber(m[3])
  if at > n then return last > term and 'no' or 'ahead' end
  if at == n then return last == term and 'yes' or 'no' end
  local own = string.format('%.0f-%.0f', at, term)
  local found = redis.call('XRANGE', log, string.format('%.0f-0', at), '+', 'COUNT', 1)
  local first = found[1] and found[1][1] or ''
  if first == own then return 'yes' end
  -- Its last entry was dropped, and the next one is there.
  local begins = at == 0 or m[4] == own
  return begins and string.match(first, '^(%d+)%-') == string.format('%.0f', at + 1) and 'yes' or 'no'
end

