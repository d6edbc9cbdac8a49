import Testing

@testable import WebUI

@Suite("Devices in words")
struct DeviceTests {
    @Test(
        "Browsers are told by the mark that is theirs alone",
        arguments: [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
                Device(program: "Chrome", system: "Linux")
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
                Device(program: "Edge", system: "Windows")
            ),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", Device(program: "Firefox", system: "macOS")),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                Device(program: "Safari", system: "iPhone")
            ),
            (
                "Mozilla/5.0 (Linux; Android 16; Pixel) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
                Device(program: "Chrome", system: "Android")
            ),
        ])
    func known(_ userAgent: String, _ device: Device) { #expect(Device(userAgent) == device) }

    @Test("What is no browser stays as it is", arguments: ["", "python-httpx/0.28.1", "curl/8.5.0", "Mozilla/5.0"])
    func unknown(_ userAgent: String) { #expect(Device(userAgent) == nil) }
}
