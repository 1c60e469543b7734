-- domain/limits.py's gcra(), by this server's own clock, for several callers one after another.
--
-- KEYS: what each caller asks for, caller by caller; a caller gets one of each, or nothing.
-- ARGV[1]: numbers with spaces between: for each caller how many keys it asks for, and of each key's rate the
--   interval and the tolerance.
-- Returns numbers with spaces between: the time, then for each caller the place of the first key that refuses (from
--   0; -1: none) and the arrivals of its keys.
-- Times are whole microseconds, which a double holds exactly; written out, or 1e15 and up would lose digits.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answer = {string.format('%.0f', now)}
local next_number = string.gmatch(ARGV[1], '%d+')
local first = 1

while first <= #KEYS do
  local last = first + tonumber(next_number()) - 1
  local refused = -1
  local before, after = {}, {}
  for i = first, last do
    local interval, latest = tonumber(next_number()), now + tonumber(next_number())
    local arrival = tonumber(redis.call('GET', KEYS[i]) or now) or now
    before[i] = math.min(math.max(arrival, now), latest)
    after[i] = before[i] + interval
    if refused < 0 and after[i] > latest then
      refused = i - first
    end
  end
  answer[#answer + 1] = tostring(refused)
  for i = first, last do
    local arrival = refused < 0 and after[i] or before[i]
    local text = string.format('%.0f', arrival)
    -- Also after a refusal: where the clock was set back, what that comes to has to be remembered.
    -- A millisecond more, because expiry counts from the last whole one.
    if arrival > now then
      redis.call('SET', KEYS[i], text, 'PX', math.ceil((arrival - now) / 1000) + 1)
    end
    answer[#answer + 1] = text
  end
  first = last + 1
end
return table.concat(answer, ' ')
