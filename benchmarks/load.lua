-- What wrk sends: wrk … -s load.lua URL -- METHOD TOKEN RUN PATH…
--
-- Each path in its turn; a POST says something new each time. In the end, one line of
-- JSON: requests a second, milliseconds, errors.
local method, run, paths, turn, ready = nil, nil, {}, 0, {}

function init(args)
  method, run = args[1], args[3]
  wrk.headers["Authorization"] = "Bearer " .. args[2]
  wrk.headers["Content-Type"] = method == "POST" and "application/json" or nil
  for i = 4, #args do
    paths[#paths + 1] = args[i]
    ready[#ready + 1] = wrk.format(method, args[i])
  end
end

function request()
  turn = turn + 1
  local which = turn % #paths + 1
  if method == "GET" then return ready[which] end
  local said = '{"message":"Have you tried turning it off and on again?","client_id":"%s-%d"}'
  return wrk.format(method, paths[which], nil, said:format(run, turn))
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '\n{"rate":%f,"p50":%f,"p99":%f,"errors":%d}',
    summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
