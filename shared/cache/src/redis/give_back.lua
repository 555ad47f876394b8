-- Takes back one use that gcra.lua counted.
-- KEYS[1] the source; ARGV: now and the time until one use comes back (microseconds).
local now, interval = tonumber(ARGV[1]), tonumber(ARGV[2])
local whole_at = tonumber(redis.call('GET', KEYS[1]) or now) - interval
if whole_at <= now then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], string.format('%.0f', whole_at),
    'PX', string.format('%.0f', math.ceil((whole_at - now) / 1000)))
end
return 0
