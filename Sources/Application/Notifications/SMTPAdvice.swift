import CCurl

/// What a failure to send a mail means, in words that say what to do.
enum SMTPAdvice {
    /// `answer` is what the server said last, such as `550 5.1.1 No such user here` (RFC 5321 §4.2, RFC 3463).
    static func words(_ code: CURLcode, answer: String) -> String {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: "No server has this name: check EMAIL_HOST."
        case CURLE_COULDNT_CONNECT: "Nothing takes connections there: check EMAIL_HOST and EMAIL_PORT, and whether a firewall lets mail out."
        case CURLE_OPERATION_TIMEDOUT:
            "The server did not answer in time: check EMAIL_PORT, whether a firewall lets mail out, and that EMAIL_SECURE is true for port 465 only."
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            "Nobody vouches for the server's certificate: use the name it is made out to as EMAIL_HOST, or name its authority in EMAIL_CA_FILE."
        case CURLE_SSL_CONNECT_ERROR, CURLE_USE_SSL_FAILED:
            "The connection could not be encrypted: EMAIL_SECURE is to be true for port 465 and false for the others."
        case CURLE_LOGIN_DENIED:
            "The server does not take this name and password: check EMAIL_USER and EMAIL_PASS. Some want a password that is made for programs."
        default: refusal(answer)
        }
    }

    private static func refusal(_ answer: String) -> String {
        switch answer.prefix(3) {
        case "530", "538": "The server wants a sign-in first: set EMAIL_USER and EMAIL_PASS."
        case "550", "551", "553", "554", "556":
            saysRecipient(answer)
                ? "The server does not know this recipient: check the address."
                : "The server does not take mail from this sender or for this recipient: check EMAIL_FROM_ADDRESS, which it may want to be the account's own."
        case "421", "450", "451", "452": "The server takes nothing just now: some let newcomers wait. Try again in some minutes."
        case "": "The connection broke off: check EMAIL_HOST, EMAIL_PORT and EMAIL_SECURE."
        default: "The server refused the mail: check the EMAIL_ settings."
        }
    }

    /// RFC 3463 §3.2 and §3.3: `5.1.1` and its like, and the mailbox.
    private static func saysRecipient(_ answer: String) -> Bool {
        answer.dropFirst(3).prefixMatch(of: /[ -]5\.(1\.(1|2|3|6|10)|2\.\d+)\b/) != nil
    }
}
