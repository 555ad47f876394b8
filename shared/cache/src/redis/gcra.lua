-- The generic cell rate algorithm: keeps the time at which the quota will be whole again.
-- KEYS[1] the source; ARGV: now and the time until one use comes back (microseconds), the burst.
-- Answers 0 where the use is within the quota, else the microseconds to wait.
local now, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local whole_at = tonumber(redis.call('GET', KEYS[1]) or now)
if whole_at < now then whole_at = now end
local next_whole_at = whole_at + interval
local allowed_at = next_whole_at - burst * interval
if now < allowed_at then return allowed_at - now end
-- tostring would round to 14 digits.
redis.call('SET', KEYS[1], string.format('%.0f', next_whole_at),
  'PX', string.format('%.0f', math.ceil((next_whole_at - now) / 1000)))
return 0
