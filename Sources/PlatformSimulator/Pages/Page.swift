import Foundation

/// The frame and small pieces of the simulator's pages. Plain HTML and one style sheet, no scripts.
enum Page {
    static func html(title: String, platform: (any SimulatedPlatform)? = nil, _ body: String) -> String {
        let mark = platform.map { "<span class='mark'>\(Encoding.html(String($0.title.prefix(1))))</span> \(Encoding.html($0.title))" }
        return """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(Encoding.html(title))</title><style>:root{--mark:\(platform?.colour ?? "oklch(0.66 0.19 40)")}\(style)</style></head>
            <body><header><a class="brand" href="/">\(mark ?? "Simulated platforms")</a><span class="badge">simulator</span></header>
            <main>\(body)</main></body></html>
            """
    }

    /// A disc with the initial of the name, in a colour of its own.
    static func avatar(_ account: Account) -> String {
        let hue = Encoding.stableHash(account.id) % 360
        let shape = account.kind == .organization ? "avatar square" : "avatar"
        return "<span class='\(shape)' style='--hue:\(hue)'>\(Encoding.html(String(account.name.prefix(1)).uppercased()))</span>"
    }

    static func time(_ date: Date) -> String {
        let words = date.formatted(
            Date.VerbatimFormatStyle(
                format:
                    "\(day: .defaultDigits) \(month: .abbreviated) \(year: .defaultDigits), \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits) UTC",
                locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian)))
        return "<time datetime='\(Encoding.iso8601(date))'>\(words)</time>"
    }

    /// Escaped text with clickable addresses.
    static func text(_ text: String) -> String {
        var out = ""
        var rest = text[...]
        while let match = rest.firstMatch(of: /https?:\/\/[^\s<>"']+/) {
            out += Encoding.html(String(rest[..<match.range.lowerBound]))
            let address = Encoding.html(String(match.output))
            out += "<a href='\(address)' rel='nofollow noreferrer'>\(address)</a>"
            rest = rest[match.range.upperBound...]
        }
        return out + Encoding.html(String(rest))
    }

    private static let style = """
        *{box-sizing:border-box}body{margin:0;font:15px/1.5 system-ui,sans-serif;background:#f6f5f3;color:#1d1c1a}
        a{color:inherit}header{display:flex;gap:10px;align-items:center;padding:12px 20px;background:#fff;border-bottom:1px solid #e5e3de}
        .brand{font-weight:650;text-decoration:none;display:flex;gap:8px;align-items:center}
        .mark{display:inline-grid;place-items:center;width:26px;height:26px;border-radius:7px;background:var(--mark);color:#fff;font-size:14px}
        .badge{font-size:11px;letter-spacing:.04em;text-transform:uppercase;color:#6d6a64;border:1px solid #d9d6d0;border-radius:99px;padding:1px 8px}
        main{max-width:640px;margin:24px auto;padding:0 16px}h1{font-size:20px;line-height:1.3;margin:0 0 12px;font-weight:500}h2{font-size:16px;margin:28px 0 8px}
        .card,.post{background:#fff;border:1px solid #e5e3de;border-radius:12px;padding:16px;margin:0 0 12px}
        .card p:last-child{margin-bottom:0}.rights{columns:2;padding-left:18px;color:#514e49}code{font-size:13px;overflow-wrap:anywhere}
        fieldset{border:0;padding:0;margin:16px 0}legend{font-weight:600;padding:0;margin-bottom:6px}
        .choice{display:flex;gap:10px;align-items:center;padding:8px 10px;border:1px solid #e5e3de;border-radius:10px;margin-bottom:6px;cursor:pointer}
        .choice:has(:checked){border-color:var(--mark);box-shadow:inset 0 0 0 1px var(--mark)}.choice b{display:block;line-height:1.2}
        .choice.new input{flex:1;min-width:0;font:inherit;padding:5px 8px;border:1px solid #cfccc5;border-radius:6px;background:#fff;color:inherit}
        small,.note,time,.facts{color:#6d6a64;font-size:13px}.note{margin:12px 0 0}
        button{font:inherit;padding:8px 18px;border-radius:8px;border:1px solid #cfccc5;background:#fff;color:inherit;cursor:pointer}
        button.primary{background:var(--mark);border-color:var(--mark);color:#fff;font-weight:600}.actions{display:flex;gap:8px;margin:0}
        .avatar{flex:none;display:inline-grid;place-items:center;width:38px;height:38px;border-radius:50%;font-weight:650;
        background:oklch(0.9 0.06 var(--hue));color:oklch(0.4 0.11 var(--hue))}.avatar.square{border-radius:8px}
        .by{display:flex;gap:10px;align-items:center}.by b{display:block;line-height:1.2}.by>a{margin-left:auto;white-space:nowrap;text-decoration:none}
        .words{white-space:pre-wrap;overflow-wrap:anywhere;margin:10px 0}.replies{border-left:2px solid #e5e3de;margin:12px 0 0 18px;padding-left:14px}
        .replies .post{border:0;padding:8px 0;margin:0}.media{display:grid;grid-template-columns:repeat(auto-fit,minmax(180px,1fr));gap:8px;margin:10px 0}
        figure{margin:0}figure img,figure video{width:100%;max-height:420px;object-fit:contain;border-radius:8px;display:block;background:#eceae6}figcaption{font-size:12px;color:#6d6a64;margin-top:2px}
        .file{display:grid;place-items:center;min-height:110px;border-radius:8px;background:#eceae6;color:#514e49;font-size:13px}
        .facts{margin:6px 0 0;padding:0;list-style:none}table{width:100%;border-collapse:collapse;font-size:14px}td,th{text-align:left;padding:5px 8px 5px 0;
        border-bottom:1px solid #eceae6;vertical-align:top}.list{list-style:none;padding:0;margin:0}.list a{display:flex;gap:10px;align-items:center;padding:6px 0;text-decoration:none}
        @media (prefers-color-scheme:dark){body{background:#171614;color:#eceae6}header,.card,.post,button,.choice.new input{background:#211f1d;border-color:#383532}
        .choice,td,th,.replies{border-color:#383532}.file,figure img,figure video{background:#2c2a27;color:#b5b1aa}small,.note,time,.facts,figcaption,.rights{color:#a8a49c}
        .badge{color:#a8a49c;border-color:#45423e}button{border-color:#45423e}button.primary{background:var(--mark);border-color:var(--mark)}}
        """
}
