import HTTPTypes

extension LinkedIn {
    var profiles: [Operation] {
        let administration = ["rw_organization_admin", "r_organization_admin"]
        let lookUp = administration + ["r_organization_social"]
        return [
            Operation("linkedin.userinfo", .get, "/v2/userinfo", handler: member(anyOf: ["profile"], "userinfo.GET", userinfo)),
            Operation("linkedin.me", .get, "/v2/me", handler: member(anyOf: ["r_basicprofile"], "me.GET.NO_VERSION", me)),
            Operation(
                "linkedin.organizationAcls", .get, "/v2/organizationalEntityAcls",
                handler: member(anyOf: administration, "organizationalEntityAcls.FINDER-roleAssignee.NO_VERSION", oldAcls)),
            Operation(
                "linkedin.organizationAcls", .get, "/rest/organizationAcls",
                handler: member(anyOf: administration, "organizationAcls.FINDER-roleAssignee", acls)),
            Operation(
                "linkedin.organization", .get, "/v2/organizations/{id}",
                handler: member(anyOf: lookUp, "organizations.GET.NO_VERSION", organization)),
            Operation(
                "linkedin.organization", .get, "/rest/organizations/{id}", handler: member(anyOf: lookUp, "organizations.GET", organization)
            ),
            Operation(
                "linkedin.organizationByName", .get, "/v2/organizations",
                handler: member(anyOf: lookUp, "organizations.FINDER-vanityName.NO_VERSION", byVanityName)),
            Operation(
                "linkedin.organizationByName", .get, "/rest/organizations",
                handler: member(anyOf: lookUp, "organizations.FINDER-vanityName", byVanityName)),
        ]
    }

    private func userinfo(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        guard member.scopes.contains("openid") else { throw LinkedInError.denied("userinfo.GET").refusal }
        let names = Self.names(member.account)
        var info: [String: JSON] = [
            "sub": .string(member.account.id), "name": .string(member.account.name), "given_name": .string(names.given),
            "family_name": .string(names.family), "picture": .string("\(call.base)/_media/avatar-\(member.account.id)"),
            "locale": ["country": "US", "language": "en"],
        ]
        if member.scopes.contains("email") { info["email"] = .string("\(member.account.username)@example.com") }
        return .json(.object(info))
    }

    private func me(_ state: inout PlatformState, _ member: Member, _ call: Call) -> Reply {
        let names = Self.names(member.account)
        return .json([
            "id": .string(member.account.id), "vanityName": .string(member.account.username), "localizedFirstName": .string(names.given),
            "localizedLastName": .string(names.family),
        ])
    }

    private static func names(_ account: Account) -> (given: String, family: String) {
        let parts = account.name.split(separator: " ", maxSplits: 1).map(String.init)
        return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
    }

    private func oldAcls(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        try listing(&state, member, call) { organization in
            var element: [String: JSON] = [
                "role": "ADMINISTRATOR", "state": "APPROVED", "roleAssignee": .string(member.urn),
                "organizationalTarget": .string(organization.urn),
            ]
            if call.query("projection")?.contains("organizationalTarget~") ?? false {
                element["organizationalTarget~"] = organizationJSON(organization, call)
            }
            return .object(element)
        }
    }

    private func acls(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        try listing(&state, member, call) { organization in
            [
                "role": "ADMINISTRATOR", "state": "APPROVED", "roleAssignee": .string(member.urn),
                "organization": .string(organization.urn),
            ]
        }
    }

    private func listing(
        _ state: inout PlatformState, _ member: Member, _ call: Call, _ element: (Account) -> JSON
    ) throws -> Reply {
        guard call.query("q") == "roleAssignee" else { throw LinkedInError(400, "ILLEGAL_ARGUMENT", "q must be roleAssignee").refusal }
        let role = call.query("role") ?? "ADMINISTRATOR"
        let own = role == "ADMINISTRATOR" ? state.accounts.organizations.filter { $0.isAdministered(by: member.account.id) } : []
        return .json([
            "elements": .array(own.map(element)), "paging": ["start": 0, "count": .int(max(10, own.count)), "links": []],
        ])
    }

    private func organization(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        guard let found = state.accounts[call.parameter("id")], found.kind == .organization else { return failure(status: 404) }
        return .json(organizationJSON(found, call))
    }

    private func byVanityName(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        guard call.query("q") == "vanityName", let name = call.query("vanityName") else {
            throw LinkedInError.missing("vanityName").refusal
        }
        let found = state.accounts.organizations.filter { $0.username == name.lowercased() }
        return .json(["elements": .array(found.map { organizationJSON($0, call) })])
    }

    private func organizationJSON(_ organization: Account, _ call: Call) -> JSON {
        let logo: JSON = .string("\(call.base)/_media/avatar-\(organization.id)")
        return [
            "id": Int(organization.id).map { .int($0) } ?? .string(organization.id), "localizedName": .string(organization.name),
            "vanityName": .string(organization.username),
            "logoV2": [
                "original": "urn:li:digitalmediaAsset:logo",
                "original~": ["elements": [["identifiers": [["identifier": logo, "mediaType": "image/png"]]]]],
            ],
        ]
    }
}
