-- Whether a node that has the log `mine` up to the entry `at`, which the primary of the term `term` wrote, can go on with
-- what the engine has: 'yes'; 'base', a newer log begins with just that; 'ahead', the engine has lost the end; or 'no': it is
-- too far behind, or had an end that others have not.
local function place(meta, log, mine, at, term)
  local m = redis.call('HMGET', meta, 'log', 'n', 'last', 'trimmed', 'parent')
  local n, last = tonumber(m[2]), tonumber(m[3])
  local own = string.format('%.0f-%.0f', at, term)
  local function first(from)
    local found = redis.call('XRANGE', log, string.format('%.0f-0', from), '+', 'COUNT', 1)
    return found[1] and found[1][1] or ''
  end
  local function begins_with(id, number) return string.match(id, '^(%d+)%-') == string.format('%.0f', number) end
  if m[1] ~= mine then
    -- A history that was never part of a log says nothing of what is in it.
    local is_base = mine ~= '' and m[5] == mine .. ' ' .. own
    return is_base and (n == 0 or begins_with(first(1), 1)) and 'base' or 'no'
  end
  if at > n then return last > term and 'no' or 'ahead' end
  if at == n then return last == term and 'yes' or 'no' end
  local id = first(at)
  if id == own then return 'yes' end
  -- Its last entry was dropped, and the next one is there.
  return (at == 0 or m[4] == own) and begins_with(id, at + 1) and 'yes' or 'no'
end

