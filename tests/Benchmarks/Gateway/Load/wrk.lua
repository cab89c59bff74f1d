-- Sends the body of a file with one API key after the other, as many tenants do: wrk ... -- KEYS BODY
local requests, turn = {}, 0

function init(args)
  local file = io.open(args[2])
  local body = file:read("*a")
  file:close()
  for key in io.lines(args[1]) do
    table.insert(requests, wrk.format("POST", nil, { ["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json" }, body))
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

-- What the program reads.
function done(summary, latency)
  local errors = summary.errors
  print(string.format("RESULT %d %d %d %.1f %.1f", summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout, latency:percentile(50), latency:percentile(99)))
end
