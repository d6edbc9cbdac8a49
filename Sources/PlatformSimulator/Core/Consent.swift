import Foundation

/// What a person (or a test, or the auto-approve switch) decided on a consent page.
enum ConsentDecision {
    case ask
    case allow(Account)
    case decline
}

extension SimulatedPlatform {
    /// Reads the decision from the form (`decision`, `account`, `new_account`) or the query (`auto=allow|decline`, `account`).
    func decision(_ call: Call) -> ConsentDecision {
        store.update { state in
            let words = call.form("decision") ?? call.query("auto") ?? (state.isOn("autoApprove") ? "allow" : "")
            switch words {
            case "allow":
                let typed = call.form("new_account").flatMap { $0.trimmingCharacters(in: .whitespaces).isEmpty ? nil : $0 }
                let wanted = typed ?? call.form("account") ?? call.query("account")
                return .allow(account(named: wanted ?? SamplePeople.all[0].0, in: &state, now: call.now))
            case "decline", "deny": return .decline
            default: return .ask
            }
        }
    }

    /// The page that asks. Its form posts to the same address, query included. `tickable`: the person may leave out some permissions.
    func consentPage(app: RegisteredApp, scopes: [String], tickable: Bool = false) -> Reply {
        let people = store.update { $0.accounts.people }
        let choices = people.prefix(12).enumerated().map { index, person in
            """
            <label class="choice"><input type="radio" name="account" value="\(Encoding.html(person.username))"\(index == 0 ? " checked" : "")>
            \(Page.avatar(person))<span><b>\(Encoding.html(person.name))</b><small>@\(Encoding.html(person.username))</small></span></label>
            """
        }
        let rights = scopes.map { scope in
            let name = Encoding.html(scope)
            guard tickable else { return "<li><code>\(name)</code></li>" }
            return "<li><label><input type='checkbox' name='permission' value='\(name)' checked> <code>\(name)</code></label></li>"
        }.joined()
        let body = """
            <form method="post" class="card consent">
            <h1><b>\(Encoding.html(app.name))</b> wants to use your \(Encoding.html(title)) account</h1>
            <p>It asks for:</p><ul class="rights">\(rights)</ul>
            <fieldset><legend>Continue as</legend>\(choices.joined(separator: "\n"))
            <label class="choice new"><span>Another account</span>
            <input type="text" name="new_account" placeholder="Type any name" maxlength="60" autocomplete="off"></label></fieldset>
            <p class="actions"><button name="decision" value="allow" class="primary">Allow</button>
            <button name="decision" value="decline">Decline</button></p>
            <p class="note">This is a simulator. Nothing you do here reaches the real \(Encoding.html(title)).</p>
            </form>
            """
        return .html(Page.html(title: "Allow \(app.name)?", platform: self, body))
    }

    /// A page for requests that cannot be sent back to the app: unknown app, callback that is not registered.
    func consentRefused(_ reason: String, status: Int = 400) -> Reply {
        .html(
            Page.html(
                title: "Cannot continue", platform: self,
                "<div class='card'><h1>Cannot continue</h1><p>\(Encoding.html(reason))</p></div>"), status: status)
    }
}
