import Domain
import Testing

@Suite("Addresses and blocks of addresses")
struct NetworkAddressTests {
    @Test("are read in the forms in which people write them, and in no other")
    func reading() {
        #expect(NetworkAddress("192.0.2.7")?.bytes == [192, 0, 2, 7])
        #expect(NetworkAddress("2001:db8::1")?.description == "2001:db8:0:0:0:0:0:1")
        for text in ["", "192.0.2", "192.0.2.256", "example.com", "[::1]", "::1%lo", " ::1"] { #expect(NetworkAddress(text) == nil, "\(text)") }
        for text in ["10.0.0.0/8", "10.0.0.1", "::1", "::/0", "2001:db8::/128"] { #expect(AddressRange(text) != nil, "\(text)") }
        for text in ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "/8", "10.0.0.0/8/8", "::/129"] { #expect(AddressRange(text) == nil, "\(text)") }
    }

    @Test(
        "hold exactly what begins as they do",
        arguments: [
            ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3/8", "10.9.9.9", true),
            ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.200", true), ("0.0.0.0/0", "::1", false),
            ("2001:db8::/33", "2001:db8:8000::1", false), ("2001:db8::/33", "2001:db8:7fff::1", true), ("::1", "::1", true), ("::1", "::2", false),
            ("::ffff:0:0/96", "::ffff:10.0.0.1", true), ("::ffff:0:0/96", "10.0.0.1", false),
        ])
    func holding(range: String, address: String, holds: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(try #require(NetworkAddress(address))) == holds)
    }

    @Test("An IPv4 address that is written as IPv6 is taken for what it is, alone and in a block")
    func mapped() throws {
        #expect(NetworkAddress("::ffff:192.0.2.7")?.unmapped.description == "192.0.2.7")
        #expect(NetworkAddress("2001:db8::1")?.unmapped == NetworkAddress("2001:db8::1"))
        #expect(AddressRange("::ffff:10.0.0.0/104")?.unmapped == AddressRange("10.0.0.0/8"))
        #expect(AddressRange("::/0")?.unmapped == AddressRange("::/0"))
    }

    @Test("Bytes are written as digits, and compared as a whole")
    func octets() {
        #expect(([0, 9, 10, 255] as [UInt8]).hexadecimal == "00090aff")
        #expect("secret".utf8.isEqualInConstantTime(to: "secret".utf8))
        for other in ["", "Secret", "secreT", "secrets"] { #expect(!"secret".utf8.isEqualInConstantTime(to: other.utf8)) }
    }

    @Test("Of what comes several times the first stays")
    func distinct() {
        #expect([3, 1, 3, 2, 1].distinct() == [3, 1, 2])
        #expect(["Ada", "ada", "Bo"].distinct { $0.lowercased() } == ["Ada", "Bo"])
    }
}
