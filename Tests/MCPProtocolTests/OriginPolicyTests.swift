import TestSupport
import Testing

/// Who may talk to the server at all.
@Suite struct OriginPolicyTests {
    @Test(
        arguments: [
            (nil, 200), ("https://social.example.com", 200), ("HTTPS://Social.Example.com:443", 200), ("https://social.example.com:8443", 403),
            ("http://social.example.com", 403), ("null", 403), ("file://", 403), ("https://social.example.com.evil.example", 403),
            ("https://evil.example", 403),
        ] as [(String?, Int)])
    func originsAreComparedExactly(_ origin: String?, _ status: Int) async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            let headers = session.merging(origin.map { ["Origin": $0] } ?? [:]) { $1 }
            #expect(try await server.send(body: TestServer.rpc("ping"), headers).status == status)
            if status == 403 {
                for (method, path) in [("GET", "/mcp"), ("DELETE", "/mcp"), ("GET", "/sse"), ("POST", "/messages?sessionId=x")] {
                    #expect(try await server.send(method, path, headers).status == 403)
                }
            }
        }
    }

    @Test(arguments: [
        ("localhost", 200), ("LOCALHOST:9", 200), ("127.0.0.1:9", 200), ("192.168.1.5:5000", 200), ("[fd00::5]:5000", 200), ("[::1]", 200),
        ("evil.example", 421), ("127.0.0.1.evil.example:80", 421), ("192.168.1", 421), ("0x7f.0.0.1", 421), ("2130706433", 421),
        ("fd00::5", 421), ("[192.168.1.5]", 421), ("[::1", 421), ("[::1].evil.example", 421), ("evil.example@127.0.0.1", 421),
    ])
    func namesOfTheServerAreKnown(_ host: String, _ status: Int) async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            #expect(try await server.send(body: TestServer.rpc("ping"), session.merging(["Host": host]) { $1 }).status == status)
        }
    }

    @Test(
        "At home servers are called by their address: its own pages may talk to it",
        arguments: [
            ("192.168.1.5:5000", "http://192.168.1.5:5000", 200), ("192.168.1.5", "http://192.168.1.5:80", 200),
            ("[fd00::5]:5000", "http://[FD00::5]:5000", 200), ("192.168.1.5:5000", "https://social.example.com", 200),
            ("192.168.1.5:5000", "https://192.168.1.5:5000", 403), ("192.168.1.5:5000", "http://192.168.1.5", 403),
            ("192.168.1.5:5000", "http://192.168.1.6:5000", 403), ("192.168.1.5:5000", "http://evil.example:5000", 403),
            ("192.168.1.5:5000", "null", 403), ("localhost:5000", "http://localhost:5000", 403),
        ])
    func pagesOfAnAddress(_ host: String, _ origin: String, _ status: Int) async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            #expect(try await server.send(body: TestServer.rpc("ping"), session.merging(["Host": host, "Origin": origin]) { $1 }).status == status)
        }
    }
}
