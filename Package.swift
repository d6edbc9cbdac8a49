// swift-tools-version:6.2
import PackageDescription

// Warnings are errors in our own code: a blocking overload chosen by accident shows up only as a warning.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioConcurrency = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

// The rooms and who may know whom: docs/architecture.md. bin/lint fails on an import that this list does not allow.
let package = Package(
    name: "postiz",
    products: [
        .executable(name: "postiz", targets: ["postiz"]),
        .executable(name: "postiz-simulator", targets: ["postiz-simulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", exact: "1.7.3"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CXML", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),

        .target(name: "Domain", swiftSettings: strict),
        .target(name: "Observability", dependencies: [logging, metrics, tracing, nioConcurrency], swiftSettings: strict),
        .target(
            name: "Platforms",
            dependencies: ["Domain", crypto, httpClient, nioCore, nioPosix, nioConcurrency, metrics, tracing],
            swiftSettings: strict),
        .target(
            name: "Persistence",
            dependencies: [
                "Domain", "CPostgres", "CSQLite", nioPosix, nioConcurrency, logging, metrics, crypto,
            ], swiftSettings: strict),
        .target(
            name: "Messaging",
            dependencies: ["Domain", "Persistence", nioCore, nioPosix, nioConcurrency, nioSSL, logging, metrics], swiftSettings: strict),
        .target(
            name: "Application",
            dependencies: [
                "Domain", "Platforms", "Persistence", "Messaging", "Observability", "CCrypt", "CCurl", "CXML", "CZlib", crypto, cryptoExtras, nioCore,
                nioPosix, nioConcurrency, logging, metrics, tracing, lifecycle, subprocess,
            ], swiftSettings: strict),
        .target(
            name: "Gateway",
            dependencies: ["Application", "Domain", "CZlib", hummingbird, hummingbirdCore, nioCore, logging, metrics, tracing, crypto],
            swiftSettings: strict),
        .target(name: "RestAPI", dependencies: ["Gateway", "Application", "Domain", hummingbird, nioPosix], swiftSettings: strict),
        .target(
            name: "WebUI", dependencies: ["Gateway", "Application", "Domain", hummingbird, mustache],
            resources: [.copy("Resources/templates"), .copy("Resources/static")], swiftSettings: strict),
        .target(
            name: "MCPProtocol", dependencies: ["Domain", hummingbird, nioCore, nioConcurrency, logging, metrics, crypto, lifecycle],
            swiftSettings: strict),
        .target(
            name: "MCPServer",
            dependencies: ["MCPProtocol", "Gateway", "Application", "Domain", hummingbird, logging, metrics, nioConcurrency, crypto, nioCore],
            swiftSettings: strict),
        .executableTarget(
            name: "postiz",
            dependencies: [
                "Application", "Domain", "Platforms", "Persistence", "Messaging", "Observability", "Gateway", "RestAPI", "WebUI", "MCPServer",
                "MCPProtocol", "CMalloc", httpClient, nioCore, nioHTTP1, nioConcurrency, hummingbird, lifecycle, arguments, logging, metrics, tracing,
            ], swiftSettings: strict),

        .target(name: "PlatformSimulator", dependencies: [hummingbird, httpClient, crypto, logging, nioConcurrency], swiftSettings: strict),
        .executableTarget(
            name: "postiz-simulator", dependencies: ["PlatformSimulator", arguments, hummingbird, logging], swiftSettings: strict),

        .executableTarget(
            name: "engine-bench", dependencies: ["Domain", "Persistence", "Messaging", logging], path: "Benchmarks/EngineBench",
            swiftSettings: strict),

        .target(name: "TestSupport", dependencies: ["Domain", "Persistence", nioConcurrency], swiftSettings: strict),
        .testTarget(name: "DomainTests", dependencies: ["Domain", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "PersistenceTests", dependencies: ["Persistence", "Domain", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "MessagingTests", dependencies: ["Messaging", "Persistence", "Domain", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "PlatformsTests",
            dependencies: ["Platforms", "Domain", "PlatformSimulator", httpClient, nioCore, nioPosix, nioConcurrency],
            swiftSettings: strict),
        .testTarget(name: "SimulatorTests", dependencies: ["PlatformSimulator", httpClient, crypto], swiftSettings: strict),
        .testTarget(
            name: "ApplicationTests",
            dependencies: ["Application", "Domain", "Platforms", "Persistence", "Messaging", "PlatformSimulator", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "FacesTests",
            dependencies: [
                "RestAPI", "WebUI", "Gateway", "Application", "Domain", "Platforms", "Persistence", "Messaging", "PlatformSimulator",
                "TestSupport", hummingbirdTesting,
            ], swiftSettings: strict),
        .testTarget(
            name: "MCPProtocolTests",
            dependencies: ["MCPProtocol", "Domain", "TestSupport", hummingbirdTesting, httpClient, nioConcurrency], swiftSettings: strict),
        .testTarget(
            name: "MCPServerTests",
            dependencies: [
                "MCPServer", "MCPProtocol", "RestAPI", "Gateway", "Application", "Domain", "Platforms", "Persistence", "Messaging",
                "PlatformSimulator", "TestSupport", hummingbirdTesting,
            ], swiftSettings: strict),
        .testTarget(name: "ObservabilityTests", dependencies: ["Observability", tracing], swiftSettings: strict),
    ]
)
