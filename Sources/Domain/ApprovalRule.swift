/// That what some members plan on some channels waits for an approval.
public struct ApprovalRule: Codable, Sendable, Hashable {
    /// Whose posts wait: everybody's up to this role.
    public enum Members: String, Codable, Sendable, CaseIterable {
        case users = "USER"
        /// Also of those who approve: then somebody else does.
        case admins = "ADMIN"

        public var role: Role {
            switch self {
            case .users: .user
            case .admins: .admin
            }
        }
    }

    public let members: Members
    /// Only on this channel; nil with no customer either: on all.
    public let integrationId: IntegrationID?
    /// Only on the channels of this customer.
    public let customer: String?

    public init(_ members: Members, on channel: IntegrationID? = nil, of customer: String? = nil) {
        (self.members, self.integrationId, self.customer) = (members, channel, customer)
    }

    /// Whether it holds on all channels.
    public var isGeneral: Bool { integrationId == nil && customer == nil }

    /// Whether it is about what members with this role plan.
    public func concerns(_ role: Role) -> Bool { role <= members.role }

    public func covers(_ channel: Integration) -> Bool {
        isGeneral || integrationId == channel.id || customer.map { $0 == channel.customer } ?? false
    }
}
