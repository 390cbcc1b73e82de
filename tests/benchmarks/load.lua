-- Arguments after "--": file of request bodies (one per line, @ID@ is the hole), bearer token, tag of this run,
-- marker every good answer holds. Every request gets an activity id that was never used before.
-- Prints one JSON line at the end: what was answered, what was wrong, latency in microseconds.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  good, bad, sent = 0, 0, 0
  first_bad = ""
  tag, marker = args[3], args[4]
  bodies = {}
  for line in io.lines(args[1]) do
    local parts = {}
    local from = 1
    while true do
      local at, last = line:find("@ID@", from, true)
      if not at then break end
      parts[#parts + 1] = line:sub(from, at - 1)
      from = last + 1
    end
    parts[#parts + 1] = line:sub(from)
    bodies[#bodies + 1] = parts
  end
  headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. args[2] }
end

function request()
  sent = sent + 1
  local parts = bodies[(sent - 1) % #bodies + 1]
  return wrk.format("POST", "/api/messages", headers, table.concat(parts, tag .. "-" .. sent))
end

function response(status, _, body)
  if status >= 200 and status < 300 and body:find(marker, 1, true) then
    good = good + 1
  else
    bad = bad + 1
    if bad == 1 then first_bad = status .. " " .. body:sub(1, 200) end
  end
end

function done(summary, latency, _)
  local good, bad, first_bad = 0, 0, ""
  for _, thread in ipairs(threads) do
    good = good + thread:get("good")
    bad = bad + thread:get("bad")
    if first_bad == "" then first_bad = thread:get("first_bad") end
  end
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    '\n{"good":%d,"bad":%d,"errors":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"max_us":%d,"first_bad":"%s"}\n',
    good, bad, errors, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    first_bad:gsub('[%c"\\]', "?")))
end
