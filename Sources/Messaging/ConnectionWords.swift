import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// Why a connection was not made, or was lost, in words that say what to look at rather than which library noticed it.
public enum ConnectionWords {
    public static func of(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            // All addresses of the name were tried; the last failure stands for them.
            if let last = error.connectionErrors.last { return of(last.error) }
            return "its name is not known (DNS)"
        case SocketAddressError.unknown: return "its name is not known (DNS)"
        case ChannelError.connectTimeout: return "no answer in time"
        case is ChannelError: return "the connection was closed"
        case let error as IOError:
            let words = String(cString: strerror(error.errnoCode))
            return words.prefix(1).lowercased() + words.dropFirst()
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: return encryption("\(error)")
        default: return "\(error)"
        }
    }

    private static func encryption(_ words: String) -> String {
        if words.contains("CERTIFICATE_VERIFY_FAILED") { return "nobody whom this machine believes vouches for its certificate" }
        if words.lowercased().contains("hostname") { return "its certificate is for another name" }
        if words.contains("WRONG_VERSION_NUMBER") || words.lowercased().contains("uncleanshutdown") { return "it does not speak TLS" }
        return "no encrypted connection could be agreed upon"
    }
}
