import Application
import Domain
import Foundation
import Gateway

/// Channels in the shapes of Postiz.
struct PostizChannels: Sendable {
    let services: Services

    func list(_ call: Call) async throws -> JSONValue {
        let group = call.query("group")
        let channels = try await services.channels.list(as: try call.caller)
        return .array(channels.filter { group == nil || PostizCustomer.id(of: $0) == group }.map(card))
    }

    private func card(_ channel: ChannelView) -> JSONValue {
        var card: [String: JSONValue] = [
            "id": .string(channel.id.text), "name": .string(channel.displayName), "identifier": .string(channel.platform.rawValue),
            "picture": channel.pictureUrl.map { .string($0) } ?? .null, "disabled": .bool(channel.status == .disabled),
            "profile": .string(channel.username),
        ]
        card["customer"] = PostizCustomer.card(of: channel)
        return .object(card)
    }

    func groups(_ call: Call) async throws -> JSONValue {
        let channels = try await services.channels.list(as: try call.caller)
        let named = Dictionary(channels.compactMap { channel in channel.customer.map { ($0, channel) } }) { first, _ in first }
        return .array(named.sorted { $0.key < $1.key }.compactMap { PostizCustomer.card(of: $0.value) })
    }

    /// An unknown channel or one that is switched off has no posting times.
    func slot(_ call: Call) async throws -> JSONValue {
        let channel = try await services.channels.get(try call.id(of: "channel"), as: try call.caller)
        guard channel.status != .disabled else {
            throw ProblemReport(.notFound, "\(channel.displayName) is switched off, so it has no posting times.")
        }
        let slots = try await services.posts.freeSlots(
            channels: [channel.id.text], count: 1, from: nil, to: nil, basis: .queue, tags: [], as: try call.caller)
        guard let slot = slots.first else {
            throw ProblemReport(.notFound, "All posting times of \(channel.displayName) are taken for the next 60 days.")
        }
        return ["date": PostizTime.naive(slot.at)]
    }

    /// `refresh` names a channel to be connected again. That of another account is found by its account all the same, when it comes back.
    func connect(_ call: Call) async throws -> JSONValue {
        let (caller, platform) = (try call.caller, PlatformID(rawValue: try call.path("id")))
        let channels = try await services.channels.list(as: caller.reading)
        let renewed = channels.first { $0.id.text == call.query("refresh") && $0.platform == platform }
        let url = try await services.channels.startConnect(
            platform, instance: call.query("instance"), returnTo: nil, reconnecting: renewed?.id, as: caller)
        return ["url": .string(url.absoluteString)]
    }

    func remove(_ call: Call) async throws -> JSONValue {
        let id: IntegrationID = try call.id(of: "channel")
        try await services.channels.remove(id, as: try call.caller)
        return ["id": .string(id.text)]
    }

    func settings(_ call: Call) async throws -> JSONValue {
        let channel = try await services.channels.get(try call.id(of: "channel"), as: try call.caller)
        guard let descriptor = services.platforms[channel.platform]?.descriptor else {
            return ["output": ["rules": "", "maxLength": 0, "settings": [:], "tools": []]]
        }
        let rules = "At most \(descriptor.media.maxImages) pictures or \(descriptor.media.maxVideos) videos, and \(descriptor.thread.maxParts) parts."
        let tools = descriptor.lookups.map { lookup -> JSONValue in
            [
                "methodName": .string(PostizSettings.method(lookup.name)), "description": .string("\(lookup.label): \(lookup.help)"),
                "dataSchema": [["key": "query", "type": "string", "description": .string(lookup.help)]],
            ]
        }
        return [
            "output": [
                "rules": .string(rules), "maxLength": .number(Double(channel.limits.textLength ?? descriptor.text.limit)),
                "settings": PostizSettings.schema(descriptor), "tools": .array(tools),
            ]
        ]
    }

    func lookUp(_ call: Call) async throws -> JSONValue {
        let channel = try await services.channels.get(try call.id(of: "channel"), as: try call.caller)
        let body = try await call.postizBody()
        let method = body["methodName"]?.string ?? ""
        let lookups = services.platforms[channel.platform]?.descriptor.lookups ?? []
        guard let lookup = lookups.first(where: { [$0.name, PostizSettings.method($0.name)].contains(method) }) else {
            throw ProblemReport(.notFound, "\(channel.platformName) has no \"\(method.prefix(60))\" to look up.")
        }
        // The original calls what is looked for by many names, and there is only one of it.
        let words = (body["data"]?.object ?? [:]).sorted { $0.key < $1.key }.lazy.compactMap { $0.value.string }.first
        let found = try await services.channels.options(of: channel.id.text, field: lookup.name, query: words, as: try call.caller)
        return [
            "output": .array(
                found.map {
                    [
                        "id": .string($0.value), "name": .string($0.label), "title": .string($0.label), "value": .string($0.value),
                        "label": .string($0.label),
                    ]
                })
        ]
    }
}

/// Customers: a label of channels here, a thing with an id there.
enum PostizCustomer {
    /// Made of the label, so that it is the same for as long as the label is: base64url, without padding.
    static func id(of channel: ChannelView) -> String? {
        channel.customer.map {
            Data($0.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
    }

    static func card(of channel: ChannelView) -> JSONValue? {
        guard let name = channel.customer, let id = id(of: channel) else { return nil }
        return ["id": .string(id), "name": .string(name)]
    }
}
