-- Token buckets, all or none: takes one token from every bucket, or from none of them.
-- KEYS      one per bucket, all in one hash slot
-- ARGV      per bucket: capacity (tokens), refill (tokens per second)
-- returns   {wait, left}: 0 when the tokens were taken, else the wait in ms until the emptiest bucket has one again;
--           and how many whole tokens are left in the emptiest
local now = redis.call('TIME')
local at = tonumber(now[1]) * 1000 + tonumber(now[2]) / 1000
local wait = 0
local levels = {}
local least = math.huge

for i, key in ipairs(KEYS) do
  local capacity = tonumber(ARGV[2 * i - 1])
  local refill = tonumber(ARGV[2 * i])
  local state = redis.call('HMGET', key, 'tokens', 'at')
  local tokens = tonumber(state[1]) or capacity
  local since = tonumber(state[2]) or at
  tokens = math.min(capacity, tokens + math.max(0, at - since) * refill / 1000)
  levels[i] = tokens
  if tokens < 1 then
    wait = math.max(wait, math.ceil((1 - tokens) * 1000 / refill))
  end
end

for i, key in ipairs(KEYS) do
  local capacity = tonumber(ARGV[2 * i - 1])
  local refill = tonumber(ARGV[2 * i])
  local left = levels[i]
  if wait == 0 then left = left - 1 end
  least = math.min(least, left)
  redis.call('HSET', key, 'tokens', left, 'at', at)
  -- A full bucket needs no memory.
  redis.call('PEXPIRE', key, math.ceil(capacity * 1000 / refill) + 1000)
end

return {wait, math.floor(least)}
