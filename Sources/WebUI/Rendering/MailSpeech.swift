import Application
import Domain

extension Voice: MailVoice {
    func moment(_ instant: Timestamp) -> String { time.moment(instant) }
}
