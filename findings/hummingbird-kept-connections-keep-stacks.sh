#!/usr/bin/env bash
# Hummingbird 2.28.1 on Swift 6.3 (Linux).
#
# A kept HTTP connection is one task for as long as it is open, and a task gives none of the memory of its stack back before it ends, though
# all of it is free again after each request. So each connection that has carried one request holds the deepest stack that any of its requests
# needed: all middleware and the handler with everything they called. Servers of many idle connections (keep-alive, server-sent events) pay
# for it by connection. A task of its own for each request (`async let`) gives the stack back with the request.
#
# Seen (resident KB for each of 500 connections that carried one request and are idle, 24 layers of middleware with 1 KB of state each):
#   in the connection's task    80
#   in a task for each request  19
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/Sources/look"
cat >"$folder/Package.swift" <<'SWIFT'
// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "look", platforms: [.macOS(.v14)],
    dependencies: [.package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1")],
    targets: [.executableTarget(name: "look", dependencies: [.product(name: "Hummingbird", package: "hummingbird")])])
SWIFT
cat >"$folder/Sources/look/main.swift" <<'SWIFT'
import Hummingbird
import Logging

struct Context: RequestContext, Sendable {
    var coreContext: CoreRequestContextStorage
    init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }
}

/// Holds 1 KB across the call of the next one.
struct Layer: RouterMiddleware {
    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        var state: InlineArray<128, Int> = .init(repeating: request.uri.path.count)
        state[context.parameters.count] += 1
        let response = try await next(request, context)
        return state[0] == .min ? Response(status: .internalServerError) : response
    }
}

struct TaskPerRequest<Responder: HTTPResponder>: HTTPResponder where Responder.Context: Sendable {
    let responder: Responder
    func respond(to request: Request, context: Responder.Context) async throws -> Response {
        async let response = responder.respond(to: request, context: context)
        return try await response
    }
}

let router = Router(context: Context.self)
for _ in 0..<24 { router.add(middleware: Layer()) }
router.get("/") { _, _ in "here" }
let port = Int(CommandLine.arguments[1])!
let configuration = ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), backlog: 1024)
var logger = Logger(label: "look")
logger.logLevel = .error
if CommandLine.arguments[2] == "own" {
    try await Application(responder: TaskPerRequest(responder: router.buildResponder()), configuration: configuration, logger: logger).run()
} else {
    try await Application(responder: router.buildResponder(), configuration: configuration, logger: logger).run()
}
SWIFT
swift build --package-path "$folder" -c release --disable-index-store >"$folder/build.log" 2>&1 || { tail -30 "$folder/build.log"; exit 1; }
cat >"$folder/look.py" <<'PYTHON'
import socket
import subprocess
import sys
import time

COUNT = 500


def resident(process):
    return int(next(line for line in open(f"/proc/{process.pid}/status") if line.startswith("VmRSS")).split()[1])


def connect(port):
    line = socket.create_connection(("127.0.0.1", port))
    line.sendall(b"GET / HTTP/1.1\r\nHost: look\r\n\r\n")
    answer = b""
    while not answer.endswith(b"here"):
        answer += line.recv(4096)
    return line


def measure(way):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.argv[1], str(port), way])
    try:
        for _ in range(100):
            try:
                lines = [connect(port)]
                break
            except OSError:
                time.sleep(0.1)
        lines += [connect(port) for _ in range(100)]  # what everybody shares is there by now
        before = resident(process)
        lines += [connect(port) for _ in range(COUNT)]
        time.sleep(1)
        return (resident(process) - before) / COUNT
    finally:
        process.kill()


shared, own = measure("shared"), measure("own")
print(f"in the connection's task    {shared:5.0f} KB")
print(f"in a task for each request  {own:5.0f} KB")
sys.exit(0 if shared > 2 * own else 1)
PYTHON
python3 "$folder/look.py" "$folder/.build/release/look"
