-- wrk script: one kind of call (CALL = list, get or create), with a key. Prints one line of figures at the end.
local call, key = os.getenv("CALL"), os.getenv("KEY")
local headers = {["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json"}
local ids, number = {}, 0

function setup(thread)
    thread:set("seed", os.time())
end

function init()
    math.randomseed(seed)
    if call == "get" then
        for line in io.lines(os.getenv("IDS")) do ids[#ids + 1] = line end
    end
end

function request()
    if call == "list" then return wrk.format("GET", "/api/posts?limit=50", headers) end
    if call == "get" then return wrk.format("GET", "/api/posts/" .. ids[math.random(#ids)], headers) end
    number = number + 1
    return wrk.format("POST", "/api/posts", headers, string.format(os.getenv("BODY"), number))
end

function done(summary, latency, requests)
    local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
    io.write(string.format("RESULT %f %f %f %d\n", summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3,
        latency:percentile(95) / 1e3, errors))
end
