"""wrk as the load generator: it takes less of the processor than Python does, so that more is left for the servers."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.load import CONNECTIONS, NoAnswer, Refused, Round

SCRIPT = """
local requests, again, position, number, worker = {}, true, 0, 0, nil
taken, failed = 0, ""

function setup(thread)
  worker = thread
end

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  for request in file:read("*a"):gmatch("%Z+") do
    number = number + 1
    requests[number] = request
  end
  file:close()
  again = arguments[2] == "again"
end

function request()
  if position == number then
    if not again then  -- nobody reads the answer to what is sent now
      failed = "No request was left to be sent: take more guests, or shorter turns."
      wrk.thread:stop()
      return "GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n"
    end
    position = 0
  end
  position = position + 1
  taken = taken + 1
  return requests[position]
end

function response(status, headers, body)
  if status ~= 200 and status ~= 201 and failed == "" then
    failed = status .. " " .. body:sub(1, 1000)
  end
end

function done(summary, latency)
  local lost = summary.errors
  print("FAILED", worker:get("failed"))
  print("RESULT", summary.requests, worker:get("taken"), summary.duration, summary.bytes)
  print("LOST", lost.connect + lost.read + lost.write + lost.status + lost.timeout)
  for index = 1, #latency do
    print("LATENCY", latency(index))
  end
end
"""
"""One thread drives all connections; ``failed`` is the first answer that was neither 200 nor 201."""


def drives(seconds: float) -> bool:
    """Whether it can drive a turn: it is installed (in Debian and Ubuntu: ``apt-get install wrk``), and counts whole
    seconds only."""
    return seconds >= 1 and shutil.which("wrk") is not None


def drive(
    port: int, requests: Sequence[bytes], *, seconds: float, connections: int = CONNECTIONS, again: bool = False
) -> Round:
    """What `benchmarks.load.drive` does; a turn whose ``requests`` are over before the ``seconds`` are is refused, too.

    Latencies are as wrk tells them: those of requests that could not be sent because an answer was late are added. The
    first request counts as taken, and is not sent: wrk tries the script with it.
    """
    with tempfile.TemporaryDirectory(prefix="wrk-") as folder:
        script, prepared = Path(folder, "script.lua"), Path(folder, "requests")
        script.write_text(SCRIPT)
        prepared.write_bytes(b"\0".join(requests))
        command = ["wrk", "--threads", "1", "--connections", str(connections), "--timeout", "60s"]
        # Whole seconds or milliseconds are all that it takes; below a second it would count one.
        command += ["--duration", f"{round(seconds)}s", "--script", str(script), f"http://127.0.0.1:{port}/"]
        command += [str(prepared), "again" if again else "once"]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return _read(output)


def _read(output: str) -> Round:
    found = Round()
    for line in output.splitlines():
        word, _, rest = line.partition("\t")
        if word == "RESULT":
            found.requests, found.taken, microseconds, found.received_bytes = (
                int(float(each)) for each in rest.split()
            )
            found.seconds = microseconds / 1e6
        elif word == "LATENCY":
            microseconds, number = (int(float(each)) for each in rest.split())
            found.latencies[microseconds] += number
        elif (word == "FAILED" and rest) or (word == "LOST" and rest != "0"):
            raise Refused(f"{word.lower()}: {rest}")
    if not found.requests:
        raise NoAnswer(f"No answer came in time, take longer turns:\n{output}")
    return found
