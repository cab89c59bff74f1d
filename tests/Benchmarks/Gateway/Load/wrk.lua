-- Sends the bodies of one file with the API keys of another, each with each in turn, as many tenants do: wrk ... -- KEYS BODIES
local requests, turn = {}, 0

function init(args)
  for body in io.lines(args[2]) do
    for key in io.lines(args[1]) do
      table.insert(requests, wrk.format("POST", nil, { ["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json" }, body))
    end
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
