import Domain
import Foundation

/// Which channel here a channel there is.
extension PostizPlan {
    private static let platformNames = ["mastodon-custom": "mastodon"]

    /// A channel there.
    private struct There {
        let id: String
        let row: DumpRows.Row
        let descriptor: PlatformDescriptor
        let name: String
        /// Of an account of the Fediverse, where it lives.
        let host: String?
        /// Nil where only a dump would tell it.
        let account: PostizSurroundings.Account?

        /// By what it is known where its account is not.
        var username: String { row["profile"]?.shortened(to: 200).unlessBlank ?? name }
        /// The account, or what stands for it until it is known.
        var key: PostizSurroundings.Account {
            account ?? PostizSurroundings.Account(platform: descriptor.id, id: Integration.unknownAccount(id))
        }
    }

    mutating func readChannels() throws {
        let customers = Dictionary(rows("Customer", owner: "orgId").map { ($0["id"] ?? "", $0["name"] ?? "") }) { first, _ in first }
        var accounts: [PostizSurroundings.Account: IntegrationID] = [:]
        // Two channels there are not the same one here because of their name.
        var named: Set<IntegrationID> = []
        for row in rows("Integration") {
            guard let id = row["id"], let provider = row["providerIdentifier"] else { continue }
            let platform = PlatformID(rawValue: Self.platformNames[provider] ?? provider)
            let name = row["name"]?.shortened(to: 200).unlessBlank ?? row["internalId"] ?? id
            func note(_ outcome: PostizReport.Channel.Outcome, _ why: String? = nil) {
                tell { $0.channels.append(PostizReport.Channel(name: name, platform: platform.rawValue, outcome: outcome, why: why)) }
            }
            if row["deletedAt"] != nil {
                note(.left, "It was removed there.")
                continue
            }
            if row.flag("inBetweenSteps") {
                note(.left, "Its connection was never finished there.")
                continue
            }
            guard let descriptor = platforms[platform]?.descriptor else {
                note(.left, "This server does not publish to \(platform).")
                continue
            }
            let there = try channel(id, row, descriptor, name)
            if let brought = surroundings.brought(id) {
                channels[id] = Channel(id: brought.id, descriptor: descriptor, account: told(brought, there.account))
                named.insert(brought.id)
                note(.known)
            } else if let here = surroundings.channels[there.key] ?? accounts[there.key] {
                channels[id] = Channel(id: here, descriptor: descriptor)
                note(.here)
            } else if let here = alike(there, among: surroundings.connected.values, but: named) {
                channels[id] = Channel(id: here.id, descriptor: descriptor)
                named.insert(here.id)
                note(.here, "It is known by its name, \(here.username).")
            } else if surroundings.trashed[there.key] != nil || alike(there, among: surroundings.trashed.values, but: []) != nil {
                note(.left, "It lies in the trash here. Restore it, then import again.")
            } else if surroundings.known[.channel]?[id] != nil {
                note(.left, "It was brought before and removed here since. Connect it again, then import again.")
            } else {
                let new = integration(there, customer: row["customerId"].flatMap { customers[$0] })
                channels[id] = Channel(id: new.id, descriptor: descriptor, new: new)
                accounts[there.key] = new.id
                note(.new)
            }
        }
        let here = surroundings.channels.count + accounts.count
        guard here <= Channels.most else { throw Channels.full }
    }

    private func channel(_ id: String, _ row: DumpRows.Row, _ descriptor: PlatformDescriptor, _ name: String) throws -> There {
        var host: String?
        if descriptor.id == "mastodon" {
            host = try seenHost(of: id)
            if host == nil, let account = row["internalId"] { host = knownHost(of: account) ?? "mastodon.social" }
        }
        let account = row["internalId"].map { account in
            PostizSurroundings.Account(platform: descriptor.id, id: host.map { "\($0):\(account)" } ?? account)
        }
        return There(id: id, row: row, descriptor: descriptor, name: name, host: host, account: account)
    }

    /// The account of a channel that has waited for it, unless another is this account.
    private func told(_ channel: Integration, _ account: PostizSurroundings.Account?) -> String? {
        guard channel.awaitsAccount, let account, surroundings.channels[account] == nil else { return nil }
        return account.id
    }

    /// The only channel of these that has the name of one whose account is not told.
    private func alike(_ there: There, among channels: some Collection<Integration>, but taken: Set<IntegrationID>) -> Integration? {
        guard there.account == nil else { return nil }
        let server = there.host.map { "https://\($0)" }
        let alike = channels.filter { channel in
            channel.platform == there.descriptor.id && !taken.contains(channel.id) && channel.goesBy(there.username, there.name, on: server)
        }
        return alike.count == 1 ? alike[0] : nil
    }

    private func integration(_ there: There, customer: String?) -> Integration {
        let (row, key) = (there.row, there.key)
        return Integration(
            id: IntegrationID(at: now), organizationId: caller.organizationId, platform: key.platform, platformAccountId: key.id,
            username: there.username, displayName: there.name,
            pictureURL: row["picture"].flatMap { $0.hasPrefix("https://") && $0.utf8.count < 2000 ? $0 : nil },
            instanceURL: there.host.map { "https://\($0)" }, active: !row.flag("disabled"), reconnectReason: Self.reconnect, slots: slots(row),
            customer: customer?.shortened(to: 60).unlessBlank, createdAt: now, updatedAt: now)
    }

    /// Where an account of the Fediverse lives, which is part of its id here: seen by its posts.
    private func seenHost(of channel: String) throws -> String? {
        for post in contents.posts.lazy.filter({ $0.channel == channel && $0.state == "PUBLISHED" }).prefix(20) {
            guard let address = try contents.row(of: post)["releaseURL"], let url = URL(string: address), let host = url.host()?.lowercased() else {
                continue
            }
            return host + (url.port.map { ":\($0)" } ?? "")
        }
        return nil
    }

    /// The same by the account that is connected here.
    private func knownHost(of account: String) -> String? {
        let here = surroundings.channels.keys.filter { $0.platform == "mastodon" && $0.id.hasSuffix(":\(account)") }
        return here.count == 1 ? String(here[0].id.dropLast(account.count + 1)) : nil
    }

    /// There in minutes of UTC, less or more than a day has; here by the clock of the workspace.
    private func slots(_ row: DumpRows.Row) -> [Slot] {
        let offset = (ZoneData.inForce.zone(named: caller.timeZone)?.offset(at: now) ?? 0) / 60
        let minutes = (row.document("postingTimes")?.array ?? []).compactMap { $0["time"]?.int }.filter { abs($0) <= 10_000 }
        return Set(minutes.map { (($0 + offset) % 1440 + 1440) % 1440 }).sorted().prefix(50).map { Slot(minute: $0, timeZone: caller.timeZone) }
    }
}
